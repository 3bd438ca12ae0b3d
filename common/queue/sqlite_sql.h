/*
 * Every statement of the SQLite backend, as a table, so that connections can keep them prepared.
 * The numbered parameters are bound in their order.
 */
#ifndef QUEUE_SQLITE_SQL_H
#define QUEUE_SQLITE_SQL_H

#define QUEUE_SCHEMA_VERSION 2

enum queue_sql {
	/* transactions */
	QUEUE_SQL_BEGIN,
	QUEUE_SQL_COMMIT,
	QUEUE_SQL_ROLLBACK,
	QUEUE_SQL_SCHEMA_VERSION,
	/* put */
	QUEUE_SQL_BYTES,
	QUEUE_SQL_KEY_KNOWN,
	QUEUE_SQL_KEY_ADD,
	QUEUE_SQL_JOB_ADD,
	QUEUE_SQL_PART_ADD,
	/* lanes */
	QUEUE_SQL_LANE_CHANGE,
	QUEUE_SQL_HEAD_OFFER,
	QUEUE_SQL_HEAD_DELETE,
	QUEUE_SQL_HEAD_SET,
	QUEUE_SQL_LANE_RULE,
	QUEUE_SQL_LANE_NAMES,
	QUEUE_SQL_LANE_ROOM,
	QUEUE_SQL_LANE_PAUSE,
	QUEUE_SQL_LANE_WAIT,
	/* lease */
	QUEUE_SQL_PICK,
	QUEUE_SQL_NEXT_DUE,
	QUEUE_SQL_LEASE,
	QUEUE_SQL_PARTS,
	/* a lease's life and end */
	QUEUE_SQL_HELD,
	QUEUE_SQL_PROGRESS_SET,
	QUEUE_SQL_JOB_MOVE,
	QUEUE_SQL_JOB_RETRY,
	QUEUE_SQL_JOB_END,
	QUEUE_SQL_PARTS_DELETE,
	QUEUE_SQL_PROGRESS_DELETE,
	/* recovery */
	QUEUE_SQL_HOLDERS,
	QUEUE_SQL_HELD_BY,
	QUEUE_SQL_GIVE_BACK,
	QUEUE_SQL_SUSPECTS,
	/* cleaning */
	QUEUE_SQL_CLEAN_KEYS,
	QUEUE_SQL_CLEAN_STATES,
	QUEUE_SQL_CLEAN_LANES,
	QUEUE_SQL_ENDED,
	QUEUE_SQL_JOB_DELETE,
	/* looking */
	QUEUE_SQL_LIST,
	QUEUE_SQL_LIST_STATE,
	QUEUE_SQL_DEPTH,
	/* the state table */
	QUEUE_SQL_STATE_SET,
	QUEUE_SQL_STATE_DELETE,
	QUEUE_SQL_STATE_GET,

	QUEUE_SQL_STATEMENTS /* how many there are */
};

extern const char *const queue_sql_text[QUEUE_SQL_STATEMENTS];

/* What takes a database from schema version i to i + 1. */
extern const char *const queue_sql_migrations[QUEUE_SCHEMA_VERSION];

#endif
