/* Loading texts: what a worker learns at the end of its command is what happened in the channel. */
#include "test_queue.h"

#include "bot/loading.h"
#include "bot/reply.h"
#include "net/http.h"
#include "test_http_server.h"

#define WATCHES 24
#define POSTED                                                                                     \
	"HTTP/1.1 200 OK\r\nContent-Length: 37\r\nContent-Type: application/json\r\n\r\n"          \
	"{\"ok\":true,\"channel\":\"C1\",\"ts\":\"1.5\"}"
#define REFUSED                                                                                    \
	"HTTP/1.1 200 OK\r\nContent-Length: 37\r\nContent-Type: application/json\r\n\r\n"          \
	"{\"ok\":false,\"error\":\"not_in_channel\"}"

/* NULL: the request is taken, and then nothing. */
static const char *_Atomic answer;

static bool serve(struct server_conn *c, const char *path, int nth)
{
	(void)path, (void)nth;
	const char *says = answer;
	if (says)
		server_say(c, says);
	else
		server_reset(c);
	return says != NULL;
}

struct fixture {
	struct test_queue *t;
	struct server *s;
	struct bot bot;
	struct loading *loading;
};

static int set_up(void **state)
{
	static const struct queue_lane_rule rules[] = { { "slack:", 1, 100 } };
	struct fixture *f = calloc(1, sizeof(*f));
	struct err e;

	if (test_queue_setup_dir((void **)&f->t) != 0)
		return -1;
	struct queue_options options = {
		.url = mem_printf(f->t, "sqlite:%s", f->t->db),
		.state_dir = f->t->dir,
		.rules = rules,
		.n_rules = 1,
	};
	answer = POSTED;
	f->s = server_start(serve, NULL);
	assert_ok(queue_open(f->t, &options, &f->t->q, &e), e);
	f->bot.queue = f->t->q;
	f->bot.slack = slack_api_new(f->t, mem_printf(f->t, "http://127.0.0.1:%d/api/", f->s->port),
				     "xoxb-token");
	assert_ok(loading_start(f->t, &f->loading, &e), e);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	loading_stop(f->loading);
	server_stop(f->s);
	int failed = test_queue_teardown((void **)&f->t);
	free(f);
	return failed;
}

/* A command under way for `ms`, as a worker would have it; its own talloc context, as in a worker.
 */
struct command {
	struct fixture *f;
	struct slack_inbound in;
	struct queue_job job;
	int64_t ms;
	struct loading_watch watch;
};

static struct command command(struct fixture *f, const char *channel, int64_t ms)
{
	int64_t id = test_put(f->t->q, "", "x");
	struct queue_job *job = test_lease(f->t, f->t->q);

	assert_int_equal(job->id, id);
	return (struct command){
		.f = f, .in = { .channel_id = channel, .user_id = "U1" }, .job = *job, .ms = ms
	};
}

static void *run(void *arg)
{
	struct command *c = arg;

	c->watch = (struct loading_watch){ .bot = &c->f->bot, .job = &c->job, .in = &c->in };
	int64_t until_ms = clock_deadline_ms(c->ms);
	loading_begin(c->f->loading, &c->watch);
	clock_sleep_until(until_ms);
	loading_end(c->f->loading, &c->watch);
	return NULL;
}

static void test_quick(void **state)
{
	struct fixture *f = *state;
	struct command c = command(f, "C1", 0);

	run(&c);
	assert_string_equal(c.watch.ts, "");
	assert_false(c.watch.doubt);
	loading_begin(NULL, &c.watch); /* switched off */
	loading_end(NULL, &c.watch);
	assert_string_equal(c.watch.ts, "");
	assert_int_equal(server_requests(f->s), 0);
}

static void test_lasting(void **state)
{
	struct fixture *f = *state;
	struct command c = command(f, "C1", LOADING_AFTER_MS + 500);
	struct reply r;
	struct err e;
	bool found = true;

	run(&c);
	assert_string_equal(c.watch.ts, "1.5");
	assert_non_null(strstr(f->s->last, "hourglass"));
	assert_non_null(strstr(f->s->last, "-loading"));
	struct queue_job *jobs;
	size_t n;
	assert_ok(queue_list(f->t->q, f->t, -1, 1, &jobs, &n, &e), e);
	assert_ok(queue_get(f->t->q, f->t, jobs->id, &jobs, &e), e);
	assert_ok(reply_load(f->t, jobs->progress, jobs->progress_len, &r, &found, &e), e);
	assert_string_equal(r.loading, "1.5");
	assert_false(found);
}

static void test_refused_and_doubtful(void **state)
{
	static const struct {
		const char *answer;
		bool doubt;
	} cases[] = { { REFUSED, false }, { NULL, true } };
	struct fixture *f = *state;

	for (size_t i = 0; i < 2; i++) {
		struct command c = command(f, "C1", LOADING_AFTER_MS + 500);

		answer = cases[i].answer;
		run(&c);
		assert_string_equal(c.watch.ts, "");
		assert_int_equal(c.watch.doubt, cases[i].doubt);
		assert_int_equal(server_requests(f->s), (int)i + 1);
	}
}

/* A text takes the channel's turn, or is not sent. */
static void test_lane(void **state)
{
	struct fixture *f = *state;
	struct command c = command(f, "C1", LOADING_AFTER_MS + 500);
	bool taken = false;
	struct err e;

	assert_ok(queue_lane_pause(f->t->q, "slack:C1", clock_now_ms() + 60000, &e), e);
	run(&c);
	assert_string_equal(c.watch.ts, "");
	c = command(f, "C2", LOADING_AFTER_MS + 500);
	int64_t before_ms = clock_now_ms();
	run(&c);
	assert_string_equal(c.watch.ts, "1.5");
	assert_ok(queue_lane_take(f->t->q, "slack:C2", &taken, &e), e);
	assert_true(taken); /* long ago */
	assert_ok(queue_lane_take(f->t->q, "slack:C2", &taken, &e), e);
	assert_false(taken && clock_now_ms() < before_ms + LOADING_AFTER_MS + 500 + 100);
}

/* Answers that are ready just when the text is due: each worker knows of each text. */
static void test_races(void **state)
{
	struct fixture *f = *state;
	static struct command commands[WATCHES];
	pthread_t threads[WATCHES];
	int known = 0;

	for (int i = 0; i < WATCHES; i++)
		commands[i] = command(f, mem_printf(f->t, "C%d", i), LOADING_AFTER_MS - 6 + i);
	for (int i = 0; i < WATCHES; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, &commands[i]), 0);
	for (int i = 0; i < WATCHES; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < WATCHES; i++)
		known += commands[i].watch.ts[0] != '\0';
	assert_int_equal(known, server_requests(f->s));
	assert_int_equal(known, test_number(f->t, "SELECT count(*) FROM progress"));
}

static void test_texts(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(loading_text(f->t, 3),
			    ":hourglass_flowing_sand: _Einen Moment, ich sehe nach…_ (German)");
	for (int64_t job = 0; job < 40; job++) {
		const char *text = loading_text(f->t, job);
		assert_non_null(strstr(text, ": _"));
		assert_null(strpbrk(text, "<>&*~`"));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_quick), TEST(test_lasting), TEST(test_refused_and_doubtful),
		TEST(test_lane),  TEST(test_races),   TEST(test_texts),
	};
	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}
