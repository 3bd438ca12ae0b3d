/* The probes of `lookerbot check`: real calls to Slack and to each Looker, and one file written and
 * removed in the state directory. They change nothing anywhere, and log in as nobody but the bot.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bot/shadow.h"
#include "cli/cli.h"
#include "looker/api.h"
#include "looker/auth_as.h"
#include "looker/users.h"
#include "slack/api.h"

#define PROBE_TIMEOUT_MS 20000
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What a person can do about an error of a kind; the text says what it was. */
static const char *const advice[] = {
	[ERR_AUTH] = "Check the token, or the client id and secret: wrong, revoked or expired.",
	[ERR_FORBIDDEN] = "Give the account the right to do this.",
	[ERR_NOT_FOUND] = "Check the id, and that the account may see it.",
	[ERR_RATE_LIMITED] = "Try again later.",
	[ERR_TEMPORARY] = "Check the address, the network and the other side; then try again.",
	[ERR_UNKNOWN] = "Check the network; then try again.",
	[ERR_BAD_REPLY] = "Check the address: something else answers there.",
	[ERR_INTERNAL] = "This is a fault of the bot; please report it.",
};

static const char *advice_for(const struct err *e)
{
	size_t kind = (size_t)e->kind;
	const char *text = kind < COUNT(advice) ? advice[kind] : NULL;
	return text ? text : "Check the settings that it uses.";
}

static void report_error(struct cli_report *r, const char *what, const struct err *e)
{
	cli_report_bad(r, true, what, e->text, advice_for(e));
}

/* What the bot needs of Slack. */
static const struct {
	const char *scope;
	bool fatal;
	const char *what;
	const char *problem;
	const char *fix;
} scopes[] = {
	{ "chat:write", true, "Slack: the scope chat:write is missing",
	  "Without it the bot cannot post.",
	  "Add it under OAuth & Permissions, then reinstall the app." },
	{ "commands", false, "Slack: the scope commands is missing",
	  "Without it there is no slash command.",
	  "Create the command under Slash Commands, then reinstall the app." },
	{ "chat:write.public", false, "Slack: the scope chat:write.public is missing",
	  "Without it the bot must be invited to each channel, or answers through the command "
	  "only.",
	  "Add it under OAuth & Permissions, then reinstall the app." },
	{ "files:write", false, "Slack: the scope files:write is missing",
	  "Without it nobody gets all rows as a file.",
	  "Add it and files:read under OAuth & Permissions, then reinstall the app." },
};

/* What LOOKERBOT_RUN_AS_ASKER needs beside. */
static const char *const asker_scopes[] = { "users:read", "users:read.email" };

/* Whether the comma-separated list has the scope. */
static bool has_scope(const char *list, const char *scope)
{
	size_t len = strlen(scope);
	for (const char *p = list; *p; p += strspn(p, ", ")) {
		size_t n = strcspn(p, ", ");
		if (n == len && memcmp(p, scope, n) == 0)
			return true;
		p += n;
	}
	return false;
}

static void check_asker_scopes(TALLOC_CTX *ctx, const char *list, struct cli_report *r)
{
	for (size_t i = 0; i < COUNT(asker_scopes); i++)
		if (list && !has_scope(list, asker_scopes[i]))
			cli_report_bad(
				r, true,
				mem_printf(ctx, "Slack: the scope %s is missing", asker_scopes[i]),
				"With LOOKERBOT_RUN_AS_ASKER the bot finds people's Looker "
				"users by their e-mail address; without this scope it "
				"answers nobody.",
				"Add it under OAuth & Permissions, then reinstall the app.");
}

static void check_scopes(const char *list, struct cli_report *r)
{
	/* Tokens of classic apps have "bot", which holds all of these. */
	if (!list || has_scope(list, "bot"))
		return;
	for (size_t i = 0; i < COUNT(scopes); i++)
		if (!has_scope(list, scopes[i].scope))
			cli_report_bad(r, scopes[i].fatal, scopes[i].what, scopes[i].problem,
				       scopes[i].fix);
}

static const char *or_unknown(const char *s)
{
	return s ? s : "?";
}

void cli_probe_slack(TALLOC_CTX *ctx, const struct config *c, struct cli_report *r)
{
	struct slack_identity id = { 0 };
	struct err e;
	if (!c->slack_api_key)
		return;
	struct slack_api *api = slack_api_new(ctx, c->slack_api_url, c->slack_api_key);
	if (!slack_api_auth_test(ctx, api, clock_deadline_ms(PROBE_TIMEOUT_MS), &id, &e)) {
		report_error(r, "Slack: auth.test", &e);
		return;
	}
	cli_report_ok(r, "Slack: workspace \"%s\" (%s), bot user \"%s\"", or_unknown(id.team),
		      or_unknown(id.team_id), or_unknown(id.user));
	check_scopes(id.scopes, r);
	if (c->run_as_asker)
		check_asker_scopes(ctx, id.scopes, r);
}

/* The folder's commands join `all`, to be compared with those of the other Lookers. */
static void probe_folder(TALLOC_CTX *ctx, struct looker *lk, size_t instance, const char *folder_id,
			 struct catalogue *all, struct cli_report *r)
{
	const char *what =
		mem_printf(ctx, "Looker %s: command folder %s", looker_name(lk), folder_id);
	size_t before = all->n_commands;
	struct json_object *picture;
	struct err e;
	if (!catalogue_fetch(ctx, lk, folder_id, clock_deadline_ms(PROBE_TIMEOUT_MS), &picture,
			     &e)) {
		report_error(r, what, &e);
		return;
	}
	catalogue_add(ctx, all, instance, folder_id, picture);
	const struct catalogue_folder *f = &all->folders[all->n_folders - 1];
	size_t n = all->n_commands - before;
	if (f->problem)
		cli_report_bad(r, false, what, f->problem, advice[ERR_NOT_FOUND]);
	cli_report_ok(r, "Looker %s: command folder \"%s\" with %zu command%s", looker_name(lk),
		      f->name, n, n == 1 ? "" : "s");
}

/* Commands that nobody can reach, or that hide another: the bot works, but not as meant. */
static void report_shadows(TALLOC_CTX *ctx, const struct config *c, const struct catalogue *all,
			   struct cli_report *r)
{
	struct shadow *shadows;
	size_t n = shadow_find(ctx, all, &shadows);
	for (size_t i = 0; i < n; i++) {
		const struct catalogue_command *command = shadows[i].command;
		const struct catalogue_command *other = shadows[i].other;
		const char *what =
			mem_printf(ctx, "Looker %s: command \"%s\" (dashboard %s)",
				   c->lookers[command->instance].name, command->title, command->id);
		const char *problem = shadows[i].problem;
		if (other)
			problem = mem_printf(ctx, "%s It is dashboard %s on %s.", problem,
					     other->id, c->lookers[other->instance].name);
		cli_report_bad(r, false, what, problem, shadows[i].fix);
	}
}

/* --- LOOKERBOT_RUN_AS_ASKER, as far as it can be tried without a person: the bot's account looks
 * for users, and logs in as itself, which needs the same right and leaves nothing behind but a
 * token that nobody keeps. --- */

static const char admin_fix[] =
	"Give the bot's Looker user the Admin role (Admin > Users), or set "
	"LOOKERBOT_RUN_AS_ASKER=false: queries then run with the bot's own rights.";

static const char *fix_of(enum looker_as_refusal refusal, const struct err *e)
{
	switch (refusal) {
	case LOOKER_AS_CORE:
		return "Set LOOKERBOT_RUN_AS_ASKER=false: Looker (Google Cloud core) lets no "
		       "account log in as a person. Queries then run with the bot's own rights.";
	case LOOKER_AS_NO_RIGHT:
	case LOOKER_AS_GONE: /* the bot's user is there: it is the right that is missing */
		return admin_fix;
	case LOOKER_AS_FAILED:
		break;
	}
	return advice_for(e);
}

static bool may_log_in_as(TALLOC_CTX *ctx, struct looker *lk, const struct looker_user *me,
			  const char *what, struct cli_report *r)
{
	struct looker *as;
	struct err e;
	if (looker_as(ctx, lk, clock_deadline_ms(PROBE_TIMEOUT_MS), me->id, &as, &e))
		return true;
	enum looker_as_refusal refusal = looker_as_refusal(&e);
	const char *problem = e.text;
	if (refusal == LOOKER_AS_GONE)
		problem = "The bot's Looker account may not log in as other people: it needs the "
			  "Admin role.";
	cli_report_bad(r, true, what, problem, fix_of(refusal, &e));
	return false;
}

static bool may_search(TALLOC_CTX *ctx, struct looker *lk, const struct looker_user *me,
		       const char *what, struct cli_report *r)
{
	bool visible;
	struct err e;
	if (!looker_users_visible(ctx, lk, clock_deadline_ms(PROBE_TIMEOUT_MS), me, &visible, &e)) {
		bool refused = e.kind == ERR_FORBIDDEN || e.kind == ERR_NOT_FOUND;
		cli_report_bad(r, true, what, e.text, refused ? admin_fix : advice_for(&e));
		return false;
	}
	if (!visible)
		cli_report_bad(r, true, what,
			       "The bot's Looker account sees no other user's e-mail address, and "
			       "by that it finds who asks.",
			       admin_fix);
	return visible;
}

static void probe_asker(TALLOC_CTX *ctx, struct looker *lk, struct cli_report *r)
{
	const char *what = mem_printf(ctx, "Looker %s: LOOKERBOT_RUN_AS_ASKER", looker_name(lk));
	struct looker_user me;
	struct err e;
	if (!looker_users_me(ctx, lk, clock_deadline_ms(PROBE_TIMEOUT_MS), &me, &e)) {
		report_error(r, what, &e);
		return;
	}
	/* Both are told: two roles may be missing, or one. */
	bool login = may_log_in_as(ctx, lk, &me, what, r);
	if (may_search(ctx, lk, &me, what, r) && login)
		cli_report_ok(r, "%s: may find users and log in as them", what);
}

void cli_probe_lookers(TALLOC_CTX *ctx, const struct config *c, struct cli_report *r)
{
	struct catalogue *all = mem_zero(ctx, struct catalogue);
	for (size_t i = 0; i < c->n_lookers; i++) {
		const struct config_looker *setting = &c->lookers[i];
		struct looker *lk =
			looker_new(ctx, setting, c->looker_tls_verify, c->looker_ca_file);
		struct err e;
		if (!looker_login(ctx, lk, clock_deadline_ms(PROBE_TIMEOUT_MS), &e)) {
			report_error(r, mem_printf(ctx, "Looker %s: login", setting->name), &e);
			continue;
		}
		cli_report_ok(r, "Looker %s: logged in at %s", setting->name, setting->api_url);
		if (setting->command_folder)
			probe_folder(ctx, lk, i, setting->command_folder, all, r);
		else
			cli_report_ok(r, "Looker %s: no command folder, so no custom commands",
				      setting->name);
		if (c->run_as_asker)
			probe_asker(ctx, lk, r);
	}
	report_shadows(ctx, c, all, r);
}

/* The nearest directory above `path` that exists. */
static const char *existing_parent(TALLOC_CTX *ctx, const char *path)
{
	char *parent = mem_strdup(ctx, path);
	while (access(parent, F_OK) != 0) {
		char *slash = strrchr(parent, '/');
		if (!slash || slash == parent)
			return "/";
		*slash = '\0';
	}
	return parent;
}

void cli_probe_state(TALLOC_CTX *ctx, const struct config *c, struct cli_report *r)
{
	static const char fix[] = "Give the bot's user the right to write there, or set "
				  "LOOKERBOT_STATE_DIR.";
	const char *what = mem_printf(ctx, "state directory %s", c->state_dir);
	struct stat st;
	if (stat(c->state_dir, &st) != 0) {
		const char *parent = existing_parent(ctx, c->state_dir);
		if (access(parent, W_OK | X_OK) == 0)
			cli_report_ok(r, "%s: will be created", what);
		else
			cli_report_bad(r, true, what,
				       mem_printf(ctx, "It cannot be created: %s: %s", parent,
						  strerror(errno)),
				       fix);
		return;
	}
	char *path = mem_printf(ctx, "%s/.check-XXXXXX", c->state_dir);
	int fd = mkstemp(path);
	if (fd < 0) {
		cli_report_bad(r, true, what,
			       mem_printf(ctx, "It is not writable: %s", strerror(errno)), fix);
		return;
	}
	close(fd);
	unlink(path);
	cli_report_ok(r, "%s: writable", what);
}
