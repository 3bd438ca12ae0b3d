/*
 * From a schedule to a person in Slack: Looker's API says whose schedule it is and the e-mail
 * address, the stored directory has the person with that address.
 */
#include "bot/schedule_owner.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bot/command.h"
#include "bot/directory.h"
#include "bot/job.h"
#include "looker/plan.h"
#include "slack/channels.h"
#include "slack/lists.h"
#include "slack/mrkdwn.h"

#define CALL_DEADLINE_MS (30 * 1000LL)

static struct looker *looker_of(const struct bot *bot, const struct schedule_job *j)
{
	for (size_t i = 0; i < bot->n_lookers; i++)
		if (strcmp(looker_name(bot->lookers[i]), j->looker) == 0)
			return bot->lookers[i];
	return NULL;
}

bool schedule_owner_email(TALLOC_CTX *ctx, struct bot *bot, const struct schedule_job *j,
			  int64_t deadline_ms, const char **ret, struct err *e)
{
	struct looker *lk = looker_of(bot, j);

	if (!lk || !j->plan_id)
		return err_set(e, ERR_NOT_FOUND, "Looker did not say whose schedule it is");
	return looker_plan_owner(ctx, lk, deadline_ms, j->plan_id, ret, e);
}

bool schedule_owner_find(TALLOC_CTX *ctx, struct bot *bot, const struct schedule_job *j,
			 int64_t deadline_ms, const char **ret, struct err *e)
{
	struct directory_found found;
	const char *email;

	if (!schedule_owner_email(ctx, bot, j, deadline_ms, &email, e) ||
	    !directory_find(ctx, bot, DIRECTORY_PEOPLE, email, &found, e))
		return false;
	if (!found.id && found.read_ms == 0) {
		directory_read_later(bot, 0);
		return err_set(e, ERR_TEMPORARY, "Slack's list of people is not read yet");
	}
	if (!found.id)
		return err_set(e, ERR_NOT_FOUND,
			       "nobody in Slack has the e-mail address of the schedule's owner");
	return slack_channels_open(ctx, bot->slack, clock_deadline_ms(CALL_DEADLINE_MS), found.id,
				   ret, e);
}

static void add_title(char **text, const struct schedule_job *j)
{
	if (j->url)
		mrkdwn_add_link(text, j->url, j->title);
	else
		mrkdwn_add_bold(text, j->title);
}

static struct slack_message *notice(TALLOC_CTX *ctx, const struct schedule_job *j, char *text,
				    const char *why)
{
	mrkdwn_add_raw(&text, ": ");
	mrkdwn_add_text(&text, why);
	mrkdwn_add_text(&text, job_request_hint(ctx, j->request));
	return command_say(ctx, text);
}

struct slack_message *schedule_owner_notice(TALLOC_CTX *ctx, const struct schedule_job *j,
					    const char *why)
{
	char *text = mem_strdup(ctx, ":warning: Your schedule ");

	add_title(&text, j);
	mrkdwn_add_raw(&text, " could not be posted to ");
	mrkdwn_add_text(&text, schedule_job_place(ctx, j));
	return notice(ctx, j, text, why);
}

struct slack_message *schedule_place_notice(TALLOC_CTX *ctx, const struct schedule_job *j,
					    const char *why)
{
	char *text = mem_strdup(ctx, ":warning: ");

	add_title(&text, j);
	mrkdwn_add_raw(&text, ", which Looker sent, could not be posted here");
	return notice(ctx, j, text, why);
}
