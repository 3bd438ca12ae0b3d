/* systemd's readiness protocol: one datagram to $NOTIFY_SOCKET, nothing when that is not set. */
#ifndef BASE_SDNOTIFY_H
#define BASE_SDNOTIFY_H

/* state: "READY=1", "STOPPING=1", "RELOADING=1". Best effort: a lost datagram is no error. */
void sdnotify_send(const char *state);

#endif
