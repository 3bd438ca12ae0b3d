/*
 * Inside config/: what one config_load works on, and its steps. A step reads what was found,
 * writes into `values` and adds faults; none of them stops the others.
 */
#ifndef CONFIG_LOADING_H
#define CONFIG_LOADING_H

#include "config/address.h"
#include "config/config.h"
#include "config/dotenv.h"

/* A setting as it was found: under which of its names (for faults), with which text, and where. */
struct config_found {
	const char *name;
	const char *value;  /* NULL: not set */
	const char *origin; /* for people; NULL: nowhere */
};

/* What describes one Looker, in LOOKER_* and in LOOKERS alike. */
enum looker_field {
	LOOKER_FIELD_URL,
	LOOKER_FIELD_API,
	LOOKER_FIELD_ID,
	LOOKER_FIELD_SECRET,
	LOOKER_FIELD_FOLDER,
	LOOKER_FIELD_TOKEN,
	LOOKER_FIELDS
};

/* What the table's offsets point into. */
struct config_values {
	struct config c;
	struct config_found looker[LOOKER_FIELDS];
	struct config_found lookers;
	struct config_found node_tls;
	struct config_found env_file;
	struct config_found unsafe_local_dev;
};

struct loading {
	TALLOC_CTX *ctx;
	char *const *env;
	const struct dotenv *file; /* NULL: none */
	struct config_faults *faults;
	struct config_values *values;
};

/* sources.c */
/* NAME in the environment; NULL when absent. */
const char *loading_env(const struct loading *l, const char *name);
/* Chooses and reads the .env file; sets values->c.env_file. */
void loading_open_file(struct loading *l);
/* The setting's text, from the first source that has it: environment, credential, .env file; of a
 * secret also from the file that NAME_FILE names. */
struct config_found loading_find(struct loading *l, const struct config_setting *s);
/* Warns about names that look like a misspelt setting. */
void loading_check_names(struct loading *l);
/* `path` made absolute from the working directory. */
char *loading_absolute(TALLOC_CTX *ctx, const char *path);

/* faults.c */
/* Copies nothing: all texts must live as long as the configuration. */
void loading_fault(struct loading *l, struct config_fault f);
/* Whether a fault names the setting (or its _FILE form) already. */
bool loading_has_fault(const struct loading *l, const char *setting);
/* As faults show it: secrets masked, addresses with user info too. */
const char *loading_shown(struct loading *l, const struct config_setting *s, const char *value);

/* values.c */
/* Reads every setting of the table. */
void loading_read_all(struct loading *l);
/* One or two secrets into `ret`; a third or a byte that no token has is a fault. */
void loading_read_secrets(struct loading *l, const char *name, const char *value,
			  const char *ret[CONFIG_ROTATION]);
/* False after a fault: a secret that could not stand in an HTTP header. */
bool loading_check_secret(struct loading *l, const char *name, const char *value);
/* False after a fault; plain http to another host is a warning. */
bool loading_read_address(struct loading *l, const char *name, const char *value,
			  struct address *ret);

/* lookers.c */
void loading_read_lookers(struct loading *l);

/* check.c */
/* What needs more than one setting to be judged. */
void loading_check_all(struct loading *l);

#endif
