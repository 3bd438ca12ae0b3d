/*
 * The bare libfcgi responder that the bot is compared with: threads that accept, read the body and
 * answer a fixed text; nothing is parsed, checked, stored or logged.
 *
 *     echo SOCKET THREADS ANSWER
 */
#include <err.h>
#include <fcgiapp.h>
#include <pthread.h>
#include <sys/stat.h>

#define THREADS_MAX 64
#define BODY_MAX_BYTES 65536

struct echo {
	int listener;
	const char *answer;
};

/* The body, read whole; how long it was. */
static int read_body(FCGX_Request *request)
{
	char body[BODY_MAX_BYTES];
	int got, len = 0;

	while ((got = FCGX_GetStr(body, sizeof(body), request->in)) > 0)
		len += got;
	return len;
}

static void *serve(void *arg)
{
	const struct echo *echo = arg;
	FCGX_Request request;

	if (FCGX_InitRequest(&request, echo->listener, 0) != 0)
		errx(1, "FCGX_InitRequest");
	while (FCGX_Accept_r(&request) == 0) {
		(void)read_body(&request);
		FCGX_FPrintF(request.out,
			     "Status: 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
			     "Content-Length: %d\r\n\r\n%s",
			     (int)strlen(echo->answer), echo->answer);
		FCGX_Finish_r(&request);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	struct echo echo;
	long n = argc == 4 ? strtol(argv[2], NULL, 10) : 0;

	if (n < 1 || n > THREADS_MAX)
		errx(64, "usage: echo SOCKET THREADS ANSWER");
	if (FCGX_Init() != 0)
		errx(1, "FCGX_Init");
	echo = (struct echo){ .listener = FCGX_OpenSocket(argv[1], 4096), .answer = argv[3] };
	if (echo.listener < 0 || chmod(argv[1], 0666) != 0)
		err(1, "%s", argv[1]);
	for (long i = 0; i < n; i++)
		if (pthread_create(&thread, NULL, serve, &echo) != 0)
			errx(1, "pthread_create");
	(void)puts("echo: ready");
	(void)fflush(stdout);
	return pthread_join(thread, NULL);
}
