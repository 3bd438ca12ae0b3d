/*
 * Looker's own picture of an answer. The answer goes out as text and says that its picture is being
 * drawn; what is to be drawn goes with it as an order, and becomes a job of its own (job_picture.c)
 * when the text is out. That job puts the picture into the text's place.
 */
#ifndef BOT_PICTURE_H
#define BOT_PICTURE_H

#include "bot/job_run.h"
#include "looker/render.h"

/* What is drawn, and the answer around it. */
struct picture_wish {
	const char *looker;  /* looker_name of the instance */
	const char *user_id; /* with whose rights: Looker's id of a user, NULL: the bot's account */
	struct looker_render what;
	const char *title;		   /* plain */
	const char *words;		   /* "a funnel" */
	const char *link;		   /* in Looker; or NULL */
	const char *footer;		   /* mrkdwn */
	const struct slack_message *plain; /* the answer when there is no picture */
};

/* The order of it, which goes with the answer (command_answer.picture). */
struct json_object *picture_order(TALLOC_CTX *ctx, const struct picture_wish *wish);

/* Whether an answer whose visualization has no form in Slack, or a pivot with more columns than
 * Slack's tables have, gets a picture, by LOOKERBOT_CHARTS. `native`: it is in the answer already,
 * as a chart of Slack's. */
bool picture_wanted(const char *charts, const struct looker_result *r, const struct looker_vis *vis,
		    bool native);

/* The line of the text answer that says so. */
void picture_say_drawn_soon(struct slack_message *m, const struct picture_wish *wish);

/* The answer `r` is out and r->picture is its order: puts the job, once however often it is called
 * for one answer, or one part of it (r->part). */
bool picture_put(struct job_run *run, const struct slack_inbound *in, const struct reply *r,
		 struct err *e) ERR_MUST_CHECK;

/* An order as it came back from a job's body. */
struct picture_task {
	const char *looker, *user_id;
	struct looker_render what;
	const char *title, *words, *link, *footer;
	struct slack_message *plain;
	const char *ts; /* of the text answer in the channel; NULL: it went another way ... */
	bool hook;	/* ... this one, to all ... */
	bool private;	/* ... or to the asker alone */
	int hook_uses;
	/* Of a file: it went to the asker's direct messages; in those it stands in no thread. Known
	 * by the job, not by its body. */
	bool aside, unthreaded;
	const char *asker;
};

bool picture_load(TALLOC_CTX *ctx, const struct json_object *body, struct picture_task *ret,
		  struct err *e) ERR_MUST_CHECK;

/* The answer with its picture; with the picture in its thread; without one, and why. */
struct slack_message *picture_answer(TALLOC_CTX *ctx, const struct picture_task *t,
				     const char *file_id);
/* The first, where the picture is kept elsewhere. */
struct slack_message *picture_answer_at(TALLOC_CTX *ctx, const struct picture_task *t,
					const char *url);
struct slack_message *picture_answer_shared(TALLOC_CTX *ctx, const struct picture_task *t);
struct slack_message *picture_answer_without(TALLOC_CTX *ctx, const struct picture_task *t,
					     const char *why);

/* How far the job is, in its progress beside the reply. */
struct picture_state {
	const char *task;     /* Looker's render task, or NULL */
	const char *file;     /* Slack's file, or NULL */
	bool complete;	      /* Slack has said that the file is there */
	bool share;	      /* the block was refused, or it is a PDF: into the thread */
	const char *aside;    /* the channel of the asker's direct messages, if it goes there */
	int asked;	      /* render tasks so far */
	int polls;	      /* of this task */
	int waits;	      /* for this file */
	int tries;	      /* of the step that is under way */
	const char *why;      /* there will be no picture, and why */
	const char *url;      /* in the store that is configured, or NULL */
	const char *no_store; /* why that store is not used, or NULL */
};

struct json_object *picture_state_save(TALLOC_CTX *ctx, const struct picture_state *s);
struct picture_state picture_state_load(TALLOC_CTX *ctx, const struct json_object *o);

/* Looking costs a metered call each time: 1 s after the first, then one more each time, up to
 * 10 s. */
int64_t picture_pause_ms(int polls);

#endif
