/*
 * The listening FastCGI socket: opened by us from --listen, or inherited from systemd (fd 3) or
 * spawn-fcgi (fd 0). Ours and not libfcgi's, which ends the process on a bad path.
 */
#ifndef FCGI_LISTENER_H
#define FCGI_LISTENER_H

#include <stdbool.h>
#include <sys/stat.h>
#include <talloc.h>

#include "base/err.h"

#define LISTENER_BACKLOG 4096

struct listener {
	int fd;		  /* non-blocking, close-on-exec */
	const char *name; /* for the log: "unix:/run/x.sock", "127.0.0.1:9000", "fd 3", "fd 0" */
	const char *path; /* of a unix socket that we made; NULL otherwise */
	dev_t dev;	  /* which file that was: another process may have taken the name since */
	ino_t ino;
	bool inherited; /* also somebody else's: what waits in it is served by the next process */
};

/*
 * Opens `spec` ("unix:/path[,mode=0660][,group=NAME]" or "host:port"); with NULL adopts fd 3 or
 * fd 0. A TCP address beyond loopback needs allow_remote: FastCGI has no authentication. A unix
 * socket's file that nobody answers on is replaced. ERR_BAD_INPUT: the spec, or none of the three
 * ways is there; ERR_INTERNAL: the system refused.
 */
bool listener_open(TALLOC_CTX *ctx, const char *spec, bool allow_remote, struct listener *ret,
		   struct err *e) ERR_MUST_CHECK;

/* Takes the name away, so that nobody new connects; what is in the backlog can still be taken.
 * Nothing for an inherited socket or TCP. */
void listener_unlink(struct listener *l);

/* Closes our descriptor. Never shutdown(): the socket may be systemd's too. */
void listener_close(struct listener *l);

#endif
