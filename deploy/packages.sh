# Debian packages by group, from packages.txt. Sourced by deploy/run and tests/run.
# shellcheck shell=bash

# packages_missing GROUP...: prints those of the groups that are not there, one a line. A third
# column in packages.txt names a command that will do as well.
packages_missing() {
	local list groups=" $* " group package command
	list=$(dirname -- "${BASH_SOURCE[0]}")/packages.txt
	while read -r group package command _; do
		[[ $group && $group != \#* && $groups == *" $group "* ]] || continue
		[[ $command ]] && PATH=$PATH:/usr/sbin command -v -- "$command" >/dev/null && continue
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
			grep -qx installed || printf '%s\n' "$package"
	done <"$list"
}

# packages_require MAY_INSTALL GROUP...: installs what is missing when it may ("yes") and can; else
# prints the exact command and ends with 69.
packages_require() {
	local may=$1 missing
	shift
	mapfile -t missing < <(packages_missing "$@")
	((${#missing[@]})) || return 0
	if [[ $may != yes || $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
		printf 'These Debian packages are missing; install them, then run this again:\n\n' >&2
		printf '  sudo apt-get update && sudo apt-get install -y --no-install-recommends %s\n\n' \
			"${missing[*]}" >&2
		exit 69
	fi
	printf 'Installing %s\n' "${missing[*]}" >&2
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq >&2 </dev/null || printf 'apt-get update failed; trying anyway\n' >&2
	if ! apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 </dev/null; then
		printf 'apt-get could not install: %s\n' "${missing[*]}" >&2
		exit 69
	fi
}
