/*
 * What each of Slack's error codes means for us: one table, from Slack's method reference. Only the
 * kind decides about retries; the remedy names the way around; the sentence is for a person and
 * says who can mend it. It knows nothing of HTTP.
 */
#include "slack/errors_private.h"

#define NONE SLACK_REMEDY_NONE
#define SIMPLER SLACK_REMEDY_SIMPLER
#define HOOK SLACK_REMEDY_HOOK
#define OWNER SLACK_REMEDY_OWNER

#define S_TOKEN                                                                                    \
	"Slack does not accept my token. The app's owner can copy the bot token (xoxb-...) from "  \
	"the "                                                                                     \
	"app's page into SLACK_API_KEY."
#define S_TOKEN_TYPE                                                                               \
	"Slack wants another kind of token for this. The app's owner can check that "              \
	"SLACK_API_KEY is "                                                                        \
	"a bot token (xoxb-...)."
#define S_SCOPE                                                                                    \
	"My token lacks a permission. The app's owner can add the scope on the app's page and "    \
	"install "                                                                                 \
	"the app again."
#define S_ADMIN "The workspace does not allow me to do this. A workspace admin can approve the app."
#define S_PREFERENCE "I am not allowed to post there. A workspace admin can change that."
#define S_BLOCKS "Slack did not take this form of the answer. I send a simpler one."
#define S_TOO_LONG "The answer is too long for Slack. I send a simpler one."
#define S_FILES "The workspace does not allow this file. A workspace admin can change that."
#define S_FILE_GONE "The file is gone from Slack. Ask again for a new one."
#define S_HOOK_USED "Slack no longer takes an answer to this. Please ask again."
#define S_TRIGGER "That took too long for Slack. Please press again."
#define S_RATE "Slack asks me to slow down. I go on in a moment."
#define S_LATER "Slack could not do this just now. I try again."
#define S_TROUBLE                                                                                  \
	"Slack has trouble at the moment. I look whether it was done, and try again if not."
#define S_BUG                                                                                      \
	"I sent something that Slack does not understand. This is a fault in the bot; please "     \
	"report it."
#define S_OLD "Slack no longer knows what I asked for. The bot's owner can install a newer version."

static const struct slack_error errors[] = {
	/* the token and the app: only the owner can mend these */
	{ "invalid_auth", ERR_AUTH, OWNER, S_TOKEN },
	{ "not_authed", ERR_AUTH, OWNER, S_TOKEN },
	{ "account_inactive", ERR_AUTH, OWNER, S_TOKEN },
	{ "token_revoked", ERR_AUTH, OWNER, S_TOKEN },
	{ "token_expired", ERR_AUTH, OWNER, S_TOKEN },
	{ "user_removed_from_team", ERR_AUTH, OWNER, S_TOKEN },
	{ "team_disabled", ERR_AUTH, OWNER, S_TOKEN },
	{ "missing_scope", ERR_FORBIDDEN, OWNER, S_SCOPE },
	{ "no_permission", ERR_FORBIDDEN, OWNER, S_SCOPE },
	{ "not_allowed_token_type", ERR_FORBIDDEN, OWNER, S_TOKEN_TYPE },
	{ "as_user_not_supported", ERR_INTERNAL, NONE, S_BUG },
	{ "org_login_required", ERR_FORBIDDEN, OWNER, S_ADMIN },
	{ "team_access_not_granted", ERR_FORBIDDEN, OWNER, S_ADMIN },
	{ "enterprise_is_restricted", ERR_FORBIDDEN, OWNER, S_ADMIN },
	{ "two_factor_setup_required", ERR_FORBIDDEN, OWNER, S_ADMIN },
	{ "ekm_access_denied", ERR_FORBIDDEN, NONE, S_ADMIN },
	{ "app_access_restricted", ERR_FORBIDDEN, OWNER, S_ADMIN },
	{ "access_denied", ERR_FORBIDDEN, NONE, S_ADMIN },
	{ "forbidden_team", ERR_FORBIDDEN, OWNER, S_ADMIN },
	{ "feature_disabled", ERR_FORBIDDEN, OWNER, S_ADMIN },
	{ "not_enabled", ERR_FORBIDDEN, OWNER, S_ADMIN },
	{ "send_on_behalf_not_allowed", ERR_FORBIDDEN, OWNER, S_ADMIN },
	{ "metadata_must_be_sent_from_app", ERR_FORBIDDEN, OWNER, S_TOKEN_TYPE },
	{ "messages_tab_disabled", ERR_FORBIDDEN, OWNER,
	  "Direct messages to me are switched off. The app's owner can allow them under App Home, "
	  "Messages Tab." },
	/* where to post */
	{ "not_in_channel", ERR_FORBIDDEN, HOOK,
	  "I am not in that channel. Invite me with /invite." },
	{ "channel_not_found", ERR_NOT_FOUND, HOOK,
	  "I cannot see that channel. If it is private, invite me with /invite." },
	{ "channel_is_limited_access", ERR_FORBIDDEN, HOOK,
	  "I have no access to that channel. Somebody in it can invite me with /invite." },
	{ "invalid_channel", ERR_NOT_FOUND, HOOK,
	  "There is no such channel. Whoever set it up can choose another one." },
	{ "cannot_find_channel", ERR_NOT_FOUND, HOOK,
	  "There is no such channel. Whoever set it up can choose another one." },
	{ "team_not_found", ERR_NOT_FOUND, NONE,
	  "The channel must be given by its id (C...). Whoever set it up can change that." },
	{ "is_archived", ERR_FORBIDDEN, NONE,
	  "That channel is archived. One of its members can bring it back, or choose another "
	  "one." },
	{ "is_inactive", ERR_FORBIDDEN, NONE,
	  "That channel is archived or frozen. One of its members can bring it back." },
	{ "method_not_supported_for_channel_type", ERR_FORBIDDEN, HOOK,
	  "That does not work in this kind of conversation. Ask me in a channel or a direct "
	  "message." },
	{ "restricted_action", ERR_FORBIDDEN, HOOK, S_PREFERENCE },
	{ "restricted_action_read_only_channel", ERR_FORBIDDEN, HOOK, S_PREFERENCE },
	{ "restricted_action_thread_only_channel", ERR_FORBIDDEN, HOOK,
	  "This channel takes threads only. Ask me in a thread, or a workspace admin can change "
	  "that." },
	{ "restricted_action_non_threadable_channel", ERR_FORBIDDEN, HOOK,
	  "This channel has no threads. Ask me outside of a thread." },
	{ "restricted_action_thread_locked", ERR_FORBIDDEN, HOOK,
	  "This thread is locked. A workspace admin can unlock it, or ask me in the channel." },
	{ "cannot_reply_to_message", ERR_FORBIDDEN, HOOK,
	  "Nobody can reply to that message. Ask me in the channel instead." },
	{ "cant_broadcast_message", ERR_FORBIDDEN, NONE, S_PREFERENCE },
	{ "thread_not_found", ERR_NOT_FOUND, HOOK,
	  "That thread is gone. Ask me in the channel instead." },
	{ "invalid_thread_ts", ERR_NOT_FOUND, HOOK,
	  "That thread is gone. Ask me in the channel instead." },
	{ "posting_to_channel_denied", ERR_FORBIDDEN, HOOK, S_PREFERENCE },
	{ "external_channel_migrating", ERR_TEMPORARY, NONE,
	  "The channel is being moved by Slack. I try again later." },
	{ "message_limit_exceeded", ERR_RATE_LIMITED, NONE,
	  "This workspace has reached Slack's limit of messages. A workspace admin can see to the "
	  "plan." },
	{ "channels_limit_exceeded", ERR_BAD_INPUT, NONE,
	  "Too many channels at once. Whoever set it up can name fewer." },
	{ "too_many_members", ERR_FORBIDDEN, NONE,
	  "That channel has too many members for me to join. Somebody in it can invite me with "
	  "/invite." },
	{ "user_not_in_channel", ERR_FORBIDDEN, NONE,
	  "That person is not in the channel. Somebody in it can invite them." },
	/* people */
	{ "user_not_found", ERR_NOT_FOUND, NONE,
	  "There is no such person in this workspace. Whoever set it up can check the name." },
	{ "users_not_found", ERR_NOT_FOUND, NONE,
	  "Nobody in this workspace has that e-mail address. Whoever set it up can check it." },
	{ "user_not_visible", ERR_FORBIDDEN, NONE,
	  "I may not see that person. A workspace admin can change that." },
	{ "user_disabled", ERR_NOT_FOUND, NONE,
	  "That person's account is deactivated. Whoever set it up can choose somebody else." },
	{ "users_list_not_supplied", ERR_INTERNAL, NONE, S_BUG },
	{ "invalid_user_combination", ERR_INTERNAL, NONE, S_BUG },
	{ "too_many_users", ERR_INTERNAL, NONE, S_BUG },
	{ "bot_not_found", ERR_NOT_FOUND, NONE, "There is no such bot in this workspace." },
	{ "fetch_members_failed", ERR_TEMPORARY, NONE, S_LATER },
	/* what was posted: simpler blocks may pass */
	{ "invalid_blocks", ERR_BAD_INPUT, SIMPLER, S_BLOCKS },
	{ "invalid_blocks_format", ERR_BAD_INPUT, SIMPLER, S_BLOCKS },
	{ "invalid_attachments", ERR_BAD_INPUT, SIMPLER, S_BLOCKS },
	{ "msg_blocks_too_long", ERR_BAD_INPUT, SIMPLER, S_TOO_LONG },
	{ "msg_too_long", ERR_BAD_INPUT, SIMPLER, S_TOO_LONG },
	{ "too_many_attachments", ERR_BAD_INPUT, SIMPLER, S_TOO_LONG },
	{ "attachment_payload_limit_exceeded", ERR_BAD_INPUT, SIMPLER, S_TOO_LONG },
	{ "block_mismatch", ERR_BAD_INPUT, SIMPLER, S_BLOCKS },
	{ "markdown_text_conflict", ERR_INTERNAL, NONE, S_BUG },
	{ "too_many_contact_cards", ERR_INTERNAL, NONE, S_BUG },
	{ "no_text", ERR_INTERNAL, NONE, S_BUG },
	{ "no_dual_broadcast_content_update", ERR_INTERNAL, NONE, S_BUG },
	{ "invalid_metadata_format", ERR_INTERNAL, NONE, S_BUG },
	{ "invalid_metadata_schema", ERR_INTERNAL, NONE, S_BUG },
	{ "invalid_metadata_filter_keys", ERR_INTERNAL, NONE, S_BUG },
	{ "metadata_too_large", ERR_INTERNAL, NONE, S_BUG },
	{ "duplicate_channel_not_found", ERR_INTERNAL, NONE, S_BUG },
	{ "duplicate_message_not_found", ERR_INTERNAL, NONE, S_BUG },
	{ "draft_already_deleted", ERR_INTERNAL, NONE, S_BUG },
	{ "draft_already_sent", ERR_INTERNAL, NONE, S_BUG },
	{ "draft_has_conflict", ERR_INTERNAL, NONE, S_BUG },
	{ "draft_not_found", ERR_INTERNAL, NONE, S_BUG },
	{ "list_record_comment_fetch_failed", ERR_TEMPORARY, NONE, S_LATER },
	/* messages that are there already */
	{ "message_not_found", ERR_NOT_FOUND, NONE, "That message is gone." },
	{ "cannot_find_message", ERR_NOT_FOUND, NONE, "That message is gone." },
	{ "cant_update_message", ERR_FORBIDDEN, NONE, "That message is not mine to change." },
	{ "cant_delete_message", ERR_FORBIDDEN, NONE, "That message is not mine to delete." },
	{ "edit_window_closed", ERR_FORBIDDEN, NONE,
	  "Messages this old cannot be changed here. A workspace admin can change that." },
	{ "streaming_state_conflict", ERR_TEMPORARY, NONE, S_LATER },
	{ "update_failed", ERR_TEMPORARY, NONE, S_LATER },
	{ "already_reacted", ERR_BAD_INPUT, NONE, "That reaction is there already." },
	/* links */
	{ "cannot_unfurl_url", ERR_FORBIDDEN, OWNER,
	  "Slack does not let me preview that link. The app's owner can add the domain and install "
	  "the app again." },
	{ "cannot_unfurl_message", ERR_FORBIDDEN, NONE,
	  "Links in that message cannot be previewed." },
	{ "cannot_find_service", ERR_FORBIDDEN, OWNER,
	  "Slack does not know me as the previewer of that link. The app's owner can install the "
	  "app again." },
	{ "cannot_parse_attachment", ERR_BAD_INPUT, SIMPLER, S_BLOCKS },
	{ "cannot_prompt", ERR_FORBIDDEN, NONE, "Slack cannot ask for a login here." },
	{ "invalid_unfurls_format", ERR_INTERNAL, NONE, S_BUG },
	{ "invalid_unfurl_id", ERR_NOT_FOUND, NONE, "That link is no longer being written." },
	{ "missing_channel", ERR_INTERNAL, NONE, S_BUG },
	{ "missing_ts", ERR_INTERNAL, NONE, S_BUG },
	{ "missing_source", ERR_INTERNAL, NONE, S_BUG },
	{ "missing_unfurl_id", ERR_INTERNAL, NONE, S_BUG },
	{ "missing_unfurls", ERR_INTERNAL, NONE, S_BUG },
	/* files */
	{ "file_not_found", ERR_NOT_FOUND, NONE, S_FILE_GONE },
	{ "file_deleted", ERR_NOT_FOUND, NONE, S_FILE_GONE },
	{ "file_is_deleted", ERR_NOT_FOUND, NONE, S_FILE_GONE },
	{ "missing_file_data", ERR_BAD_REPLY, NONE, S_FILE_GONE },
	{ "unable_to_share_files", ERR_TEMPORARY, NONE, S_LATER },
	{ "blocked_file_type", ERR_FORBIDDEN, NONE, S_FILES },
	{ "file_type_not_allowed", ERR_FORBIDDEN, NONE, S_FILES },
	{ "file_uploads_disabled", ERR_FORBIDDEN, NONE, S_FILES },
	{ "file_uploads_except_images_disabled", ERR_FORBIDDEN, NONE, S_FILES },
	{ "file_upload_size_restricted", ERR_FORBIDDEN, NONE, S_FILES },
	{ "file_share_limit_reached", ERR_FORBIDDEN, NONE, S_FILES },
	{ "max_file_sharing_exceeded", ERR_FORBIDDEN, NONE, S_FILES },
	{ "storage_limit_reached", ERR_FORBIDDEN, NONE,
	  "This workspace's file storage is full. A workspace admin can make room." },
	{ "slack_connect_blocked_file_type", ERR_FORBIDDEN, NONE, S_FILES },
	{ "slack_connect_canvas_sharing_blocked", ERR_FORBIDDEN, NONE, S_FILES },
	{ "slack_connect_clip_sharing_blocked", ERR_FORBIDDEN, NONE, S_FILES },
	{ "slack_connect_file_link_sharing_blocked", ERR_FORBIDDEN, NONE, S_FILES },
	{ "slack_connect_file_upload_sharing_blocked", ERR_FORBIDDEN, NONE, S_FILES },
	{ "slack_connect_lists_sharing_blocked", ERR_FORBIDDEN, NONE, S_FILES },
	{ "alt_txt_too_large", ERR_INTERNAL, NONE, S_BUG },
	{ "snippet_too_large", ERR_BAD_INPUT, NONE, S_TOO_LONG },
	/* response_url */
	{ "used_url", ERR_NOT_FOUND, NONE, S_HOOK_USED },
	{ "expired_url", ERR_NOT_FOUND, NONE, S_HOOK_USED },
	/* dialogs and the Home tab */
	{ "expired_trigger_id", ERR_NOT_FOUND, NONE, S_TRIGGER },
	{ "exchanged_trigger_id", ERR_NOT_FOUND, NONE, S_TRIGGER },
	{ "invalid_trigger_id", ERR_NOT_FOUND, NONE, S_TRIGGER },
	{ "view_too_large", ERR_BAD_INPUT, SIMPLER, S_TOO_LONG },
	{ "duplicate_external_id", ERR_INTERNAL, NONE, S_BUG },
	{ "hash_conflict", ERR_TEMPORARY, NONE, S_LATER },
	{ "push_limit_reached", ERR_INTERNAL, NONE, S_BUG },
	{ "not_found", ERR_NOT_FOUND, NONE, "That form is no longer open." },
	/* later */
	{ "ratelimited", ERR_RATE_LIMITED, NONE, S_RATE },
	{ "rate_limited", ERR_RATE_LIMITED, NONE, S_RATE },
	{ "restricted_too_many", ERR_RATE_LIMITED, NONE, S_RATE },
	{ "team_added_to_org", ERR_TEMPORARY, NONE,
	  "This workspace is being moved by Slack. I try again later." },
	{ "migration_in_progress", ERR_TEMPORARY, NONE,
	  "This workspace is being moved by Slack. I try again later." },
	/* may have done the work: see ERR_UNKNOWN */
	{ "internal_error", ERR_UNKNOWN, NONE, S_TROUBLE },
	{ "fatal_error", ERR_UNKNOWN, NONE, S_TROUBLE },
	{ "service_unavailable", ERR_UNKNOWN, NONE, S_TROUBLE },
	{ "request_timeout", ERR_UNKNOWN, NONE, S_TROUBLE },
	/* our mistakes */
	{ "invalid_arguments", ERR_INTERNAL, NONE, S_BUG },
	{ "invalid_arg_name", ERR_INTERNAL, NONE, S_BUG },
	{ "invalid_array_arg", ERR_INTERNAL, NONE, S_BUG },
	{ "missing_argument", ERR_INTERNAL, NONE, S_BUG },
	{ "missing_args", ERR_INTERNAL, NONE, S_BUG },
	{ "invalid_form_data", ERR_INTERNAL, NONE, S_BUG },
	{ "invalid_post_type", ERR_INTERNAL, NONE, S_BUG },
	{ "missing_post_type", ERR_INTERNAL, NONE, S_BUG },
	{ "insecure_request", ERR_INTERNAL, NONE, S_BUG },
	{ "invalid_charset", ERR_INTERNAL, NONE, S_BUG },
	{ "invalid_json", ERR_INTERNAL, NONE, S_BUG },
	{ "json_not_object", ERR_INTERNAL, NONE, S_BUG },
	{ "invalid_cursor", ERR_INTERNAL, NONE, S_BUG },
	{ "invalid_limit", ERR_INTERNAL, NONE, S_BUG },
	{ "limit_required", ERR_INTERNAL, NONE, S_BUG },
	{ "invalid_ts_latest", ERR_INTERNAL, NONE, S_BUG },
	{ "invalid_ts_oldest", ERR_INTERNAL, NONE, S_BUG },
	{ "method_deprecated", ERR_INTERNAL, NONE, S_OLD },
	{ "deprecated_endpoint", ERR_INTERNAL, NONE, S_OLD },
	{ "unknown_method", ERR_INTERNAL, NONE, S_OLD },
	{ "rtm_connect_required", ERR_INTERNAL, NONE, S_OLD },
	{ "time_in_past", ERR_INTERNAL, NONE, S_BUG },
	{ "time_too_far", ERR_INTERNAL, NONE, S_BUG },
	{ "missing_recipient_team_id", ERR_INTERNAL, NONE, S_BUG },
	{ "missing_recipient_user_id", ERR_INTERNAL, NONE, S_BUG },
};

const struct slack_error *slack_errors(size_t *ret_n)
{
	*ret_n = sizeof(errors) / sizeof(errors[0]);
	return errors;
}

const struct slack_error *slack_error_find(const char *code)
{
	/* One for each thread: the last unknown code, with its sentence. */
	static _Thread_local struct slack_error unknown;
	static _Thread_local char unknown_code[64], sentence[160];
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strcmp(errors[i].code, code) == 0)
			return &errors[i];
	}
	snprintf(unknown_code, sizeof(unknown_code), "%s", code);
	snprintf(sentence, sizeof(sentence),
		 "Slack answered \"%s\", which I do not know. The bot's owner can look it up.",
		 unknown_code);
	unknown = (struct slack_error){ unknown_code, ERR_BAD_REPLY, NONE, sentence };
	return &unknown;
}
