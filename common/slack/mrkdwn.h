/* Slack's mrkdwn. The name says what is escaped: only mrkdwn_add_raw does not. */
#ifndef SLACK_MRKDWN_H
#define SLACK_MRKDWN_H

#include <talloc.h>

/* All append to *buf, a talloc string. */

/* Data: & < > escaped; a zero-width space breaks marks (* _ ~ `) and ":name:" that would format
 * and "@here"-like words, so that nothing in a value can ping, link or format. */
void mrkdwn_add_text(char **buf, const char *text);

/* Our own markup, trusted. */
void mrkdwn_add_raw(char **buf, const char *mrkdwn);
void mrkdwn_addf_raw(char **buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* *text*, escaped; nothing when text is empty. */
void mrkdwn_add_bold(char **buf, const char *text);

/* `text` as inline code, escaped; back ticks inside become '. */
void mrkdwn_add_code(char **buf, const char *text);

/* <url|label>; label escaped, url percent-encoded where Slack needs it (blank | < > [ ]). Only
 * http and https: else the label alone. */
void mrkdwn_add_link(char **buf, const char *url, const char *label);

/* <@U123>; ids that are no Slack id are added as text. */
void mrkdwn_add_user(char **buf, const char *user_id);

#endif
