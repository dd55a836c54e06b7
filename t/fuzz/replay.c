/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replays a fuzz target's corpus without a fuzzer, so that `make check` covers
 * it with any compiler: each target is linked with this main as replay_NAME.
 *
 *	replay_NAME             the files of t/fuzz/corpus/NAME, as one TAP test
 *	replay_NAME FILE...     these files
 *
 * A target that does not like an input aborts, and so does the program.
 */
#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *, size_t);

/* Feeds one file to the target; the buffer ends where the input ends. */
static void
replay_file(const char *path)
{
	FILE *f;
	unsigned char *data = NULL;
	long size;

	if ((f = fopen(path, "rbe")) == NULL)
		err(1, "%s", path);
	if (fseek(f, 0, SEEK_END) == -1 || (size = ftell(f)) == -1)
		err(1, "%s", path);
	rewind(f);
	if ((data = malloc(size > 0 ? (size_t)size : 1)) == NULL)
		err(1, "%s", path);
	if (fread(data, 1, (size_t)size, f) != (size_t)size)
		err(1, "%s", path);
	fclose(f);
	printf("# %s: %ld bytes\n", path, size);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
}

/* Feeds every file of a directory; says how many there were. */
static int
replay_directory(const char *dir)
{
	char path[4096];
	struct dirent **list;
	int i, n, done = 0;

	if ((n = scandir(dir, &list, NULL, alphasort)) == -1)
		err(1, "%s", dir);
	for (i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.') {
			if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir,
				list[i]->d_name) >= sizeof(path))
				errx(1, "%s: name too long", dir);
			replay_file(path);
			done++;
		}
		free(list[i]);
	}
	free(list);
	return done;
}

int
main(int argc, char *argv[])
{
	char dir[4096];
	const char *name, *src = getenv("SRC_DIR");
	int i, done = 0;

	printf("1..1\n");
	if ((name = strstr(argv[0], "replay_")) == NULL)
		errx(1, "%s: not called replay_NAME", argv[0]);
	name += strlen("replay_");
	LLVMFuzzerTestOneInput((const unsigned char *)"", 0);
	for (i = 1; i < argc; i++, done++)
		replay_file(argv[i]);
	if (argc == 1) {
		snprintf(dir, sizeof(dir), "%s/t/fuzz/corpus/%s",
		    src != NULL ? src : ".", name);
		done = replay_directory(dir);
	}
	if (done == 0)
		errx(1, "no inputs to replay");
	printf("ok 1 - %s: %d inputs\n", name, done);
	return 0;
}
