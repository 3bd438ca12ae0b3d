/* Slack's mrkdwn. The name says what is escaped: only mrkdwn_add_raw does not. */
#ifndef SLACK_MRKDWN_H
#define SLACK_MRKDWN_H

#include <talloc.h>

/* An address as Slack takes it: what no URL holds (blanks, | < > [ ] and the like) percent-encoded;
 * NULL when it is not http or https. For blocks; within mrkdwn use mrkdwn_add_link. */
char *mrkdwn_url(TALLOC_CTX *ctx, const char *url);

/* All others append to *buf, a talloc string. */

/* Data: & < > escaped; a zero-width space breaks marks (* _ ~) and ":name:" that would format,
 * "@here"-like words, "://" and a ">" that would quote; a back tick becomes U+02CB. So nothing in a
 * value can ping, link or format, and what could not anyway (snake_case) stays as it is. */
void mrkdwn_add_text(char **buf, const char *text);

/* Our own markup, trusted. */
void mrkdwn_add_raw(char **buf, const char *mrkdwn);
void mrkdwn_addf_raw(char **buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* *text*, escaped; nothing when text is empty. */
void mrkdwn_add_bold(char **buf, const char *text);

/* `text` as inline code, escaped; back ticks inside become '. */
void mrkdwn_add_code(char **buf, const char *text);

/* <url|label>; label escaped and cut at 180 characters, url percent-encoded where Slack needs it
 * (blank | < > [ ]), & as &amp;. Only http and https up to 2,000 bytes: else the label alone. */
void mrkdwn_add_link(char **buf, const char *url, const char *label);

/* <@U123>; ids that are no Slack id are added as text. */
void mrkdwn_add_user(char **buf, const char *user_id);

#endif
