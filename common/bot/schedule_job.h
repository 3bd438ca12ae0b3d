/* What a job of kind `schedule` holds between the webhook (or a data action) and Slack. Private to
 * schedule*.c, hub_action.c and job_schedule.c. */
#ifndef BOT_SCHEDULE_JOB_H
#define BOT_SCHEDULE_JOB_H

#include "bot/bot.h"
#include "looker/webhook.h"
#include "slack/message.h"

struct schedule_job {
	const char *request;
	const char *looker;   /* looker_name of the instance */
	const char *base_url; /* of it */
	bool person;	      /* `name` is somebody's, not a channel's */
	const char *name;     /* as the address has it */
	const char *id;	      /* Slack's, or NULL: to be looked up */
	const char *title, *url, *plan_id, *format;
	const char *words;	     /* that a person or an action says, above the data; or NULL */
	bool bare;		     /* a data action's: the words are all there is */
	struct json_object *filters; /* [[name, value], ...] */
	struct json_object *alert;   /* its texts: field, value, threshold, ...; or NULL */
	struct json_object *vis, *detail;
	int64_t rows;
	int64_t awaited_ms; /* unix: until then somebody in Looker reads what became of it; or 0 */
	const char *file_name; /* NULL: no file */
	const char *file;
	size_t file_len;
};

/* The body of the job: a line of JSON, then the file as it is. */
char *schedule_job_save(TALLOC_CTX *ctx, const struct schedule_job *j, size_t *ret_len);
bool schedule_job_load(TALLOC_CTX *ctx, const char *body, size_t len, struct schedule_job *ret,
		       struct err *e) ERR_MUST_CHECK;

/* The facts of a webhook: all but where it goes. */
void schedule_job_fill(TALLOC_CTX *ctx, const struct looker_webhook *w, struct schedule_job *j);

/* The message, without a file. `note`: why it is not there (mrkdwn), or NULL. */
struct slack_message *schedule_job_message(TALLOC_CTX *ctx, const struct schedule_job *j,
					   int64_t sent_ms, const char *note);

/* What stands beside a file: title and footer (mrkdwn). */
char *schedule_job_comment(TALLOC_CTX *ctx, const struct schedule_job *j, int64_t sent_ms);

/* "#sales", "@ada": where it goes, for people. */
char *schedule_job_place(TALLOC_CTX *ctx, const struct schedule_job *j);

#endif
