/* The two kinds of address of --listen. For listener.c alone. */
#ifndef FCGI_LISTENER_OPEN_H
#define FCGI_LISTENER_OPEN_H

#include "fcgi/listener.h"

/* "unix:/path[,mode=0660][,group=www-data]". The mode holds before anybody can connect. */
bool listener_open_unix(TALLOC_CTX *ctx, const char *spec, struct listener *ret,
			struct err *e) ERR_MUST_CHECK;

/* "127.0.0.1:9000", "[::1]:9000", "localhost:9000". */
bool listener_open_tcp(TALLOC_CTX *ctx, const char *spec, bool allow_remote, struct listener *ret,
		       struct err *e) ERR_MUST_CHECK;

#endif
