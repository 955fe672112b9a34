/* SPDX-License-Identifier: MIT */
#include "agent/message.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "policy/json.h"

static void copy_printable(char to[AGENT_NAME_SIZE], struct json_string from)
{
	size_t length = from.length < AGENT_NAME_SIZE ? from.length : AGENT_NAME_SIZE - 1;

	for (size_t i = 0; i < length; i++)
		to[i] = from.text[i];
	to[length] = '\0';
	agent_make_printable(to);
}

void agent_make_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

/* Reads "fds": an array of the descriptors' names, in the order in which the descriptors come. */
static void read_names(struct agent_message *message, struct json *json)
{
	json_array(json);
	while (json_item(json)) {
		const char *at = json_here(json);
		struct json_string name = json_string(json);

		if (message->descriptors == AGENT_DESCRIPTORS_MOST)
			json_expected(json, at, "no more than 8 descriptors");
		else if (json_is(name, "seccompFd") && message->listener >= 0)
			json_expected(json, at, "one \"seccompFd\"");
		else if (json_is(name, "seccompFd"))
			message->listener = (int)message->descriptors;
		message->descriptors++;
	}
}

/* Reads "state": an object, the container's state, of which only "id" is used. */
static void read_container(struct agent_message *message, struct json *json)
{
	static const char *const keys[] = { "id", NULL };
	struct json_string key;
	uint32_t seen = 0;

	json_object(json);
	while (json_key(json, &key))
		if (json_which(json, key, keys, &seen) == 0)
			copy_printable(message->container, json_string(json));
		else
			json_skip(json);
}

int agent_message_read(struct agent_message *message, const char *text, size_t length,
		       struct socketcall_policy_error *error)
{
	enum { FDS, PID, METADATA, STATE };
	static const char *const keys[] = { "fds", "pid", "metadata", "state", NULL };
	struct json_string key;
	struct json json;
	uint32_t seen = 0;

	*message = (struct agent_message){ .listener = -1 };
	json_begin(&json, text, length, error);
	json_object(&json);
	while (json_key(&json, &key)) {
		switch (json_which(&json, key, keys, &seen)) {
		case FDS:
			read_names(message, &json);
			break;
		case PID:
			message->pid = (pid_t)json_number(&json, INT_MAX);
			break;
		case METADATA:
			copy_printable(message->metadata, json_string(&json));
			break;
		case STATE:
			read_container(message, &json);
			break;
		default:
			json_skip(&json);
		}
	}
	if (message->listener < 0)
		json_expected(&json, text + length, "\"fds\" with \"seccompFd\"");
	if (!message->container[0])
		json_expected(&json, text + length, "\"state\" with \"id\"");
	return json_end(&json);
}
