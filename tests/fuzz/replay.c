/*
 * Runs a fuzz target over files and folders of inputs, without a fuzzer: the corpus as a plain
 * test, and one crash again under a debugger. Fails when a folder is empty; the target itself
 * ends the program when a check does not hold.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "fuzz.h"

#define INPUT_MAX_BYTES (1024 * 1024)

static bool run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f) {
		fprintf(stderr, "replay: %s cannot be read\n", path);
		return false;
	}
	uint8_t *room = mem_must(malloc(INPUT_MAX_BYTES));
	size_t size = fread(room, 1, INPUT_MAX_BYTES, f);
	fclose(f);
	/* Of the exact size, so that the address sanitizer sees one byte too far. */
	uint8_t *input = mem_must(malloc(size ? size : 1));
	memcpy(input, room, size);
	free(room);
	printf("%s\n", path);
	fflush(stdout); /* the last line names the culprit */
	LLVMFuzzerTestOneInput(input, size);
	free(input);
	return true;
}

static int is_input(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static bool run_folder(const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_input, alphasort);
	bool ok = n > 0;
	if (n <= 0)
		fprintf(stderr, "replay: no inputs in %s\n", path);
	for (int i = 0; i < n; i++) {
		char *file = mem_printf(NULL, "%s/%s", path, entries[i]->d_name);
		ok &= run_file(file);
		talloc_free(file);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return ok;
}

int main(int argc, char **argv)
{
	bool ok = argc > 1;
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++) {
		struct stat st;
		bool folder = stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode);
		ok &= folder ? run_folder(argv[i]) : run_file(argv[i]);
	}
	if (argc < 2)
		fprintf(stderr, "usage: replay FILE|FOLDER...\n");
	return ok ? 0 : 1;
}
