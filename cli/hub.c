/* What `lookerbot check` says about the Action Hub: its address for Looker's admin page, or what is
 * missing. Pure: nobody is asked. */
#include "cli/cli.h"

#define LATER "Action hub: off (Looker's “Send to Slack”); to switch it on set %s"

void cli_probe_hub(const struct config *c, struct cli_report *r)
{
	const bool token = c->lookerbot_auth_tokens[0] != NULL;

	if (c->public_url && token)
		cli_report_ok(r,
			      "Action hub: add %s/lookerbot/hub in Looker (Admin > Platform > "
			      "Actions), with LOOKERBOT_AUTH_TOKEN as its authorization token",
			      c->public_url);
	else if (token)
		cli_report_bad(r, false, "LOOKERBOT_PUBLIC_URL",
			       "It is not set, so the action hub cannot tell Looker where its "
			       "forms are; LOOKERBOT_AUTH_TOKEN is set.",
			       "Set it to the address at which Looker reaches the bot, such as "
			       "https://looker-bot.example.com.");
	else
		cli_report_ok(r, LATER,
			      c->public_url ? "LOOKERBOT_AUTH_TOKEN"
					    : "LOOKERBOT_PUBLIC_URL and LOOKERBOT_AUTH_TOKEN");
}
