/* SPDX-License-Identifier: MIT */
#include "policy/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/rule.h"

enum {
	NOTHING = -1,
	LEAD_FIRST = 0xc2, /* the least first byte of a UTF-8 sequence: 0xc0 and 0xc1 would encode ASCII in two bytes */
	SURROGATE = 0xd800,
	SURROGATE_LOW = 0xdc00,
	SURROGATE_END = 0xe000,
};

void json_begin(struct json *json, const char *text, size_t length, struct socketcall_policy_error *error)
{
	*json = (struct json){ .text = text, .length = length, .is_first = true, .error = error };
}

/* Returns the end of the word, or of the one other character, that begins at `at`, for a message. */
static size_t end_of_word(const struct json *json, size_t at)
{
	size_t end = at;

	for (; end < json->length; end++) {
		unsigned char c = (unsigned char)json->text[end];
		bool is_alphanumeric = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

		if (!is_alphanumeric && (!c || !strchr("+-._", c)))
			break;
	}
	return end > at ? end : at + 1;
}

void json_expected(struct json *json, const char *at, const char *what)
{
	size_t offset = (size_t)(at - json->text);

	if (json->failed)
		return;
	json->failed = true;
	if (offset >= json->length)
		policy_fail(json->error, json->text, json->length, "expected %s, not the end of the file", what);
	else
		policy_fail(json->error, json->text, offset, "expected %s, not '%s'", what,
			    policy_quoted(at, end_of_word(json, offset) - offset).text);
}

static void expected(struct json *json, const char *what)
{
	json_expected(json, json->text + json->at, what);
}

const char *json_here(struct json *json)
{
	for (; json->at < json->length; json->at++) {
		char c = json->text[json->at];

		if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			break;
	}
	return json->text + json->at;
}

/* Skips blanks and returns the next character without reading it; NOTHING at the end, and after a mistake. */
static int peek(struct json *json)
{
	if (json->failed)
		return NOTHING;
	json_here(json);
	return json->at < json->length ? (unsigned char)json->text[json->at] : NOTHING;
}

static bool take(struct json *json, char c)
{
	if (peek(json) != c)
		return false;
	json->at++;
	return true;
}

static void enter(struct json *json, char bracket, const char *what)
{
	if (peek(json) != bracket) {
		expected(json, what);
		return;
	}
	if (json->depth == JSON_DEPTH_MOST) {
		expected(json, "no more than 128 values in each other");
		return;
	}
	json->at++;
	json->depth++;
	json->is_first = true;
}

/* Returns true if another value stands before the closing bracket; else leaves the object or the array. */
static bool begin_next(struct json *json, char bracket, const char *what)
{
	bool is_first = json->is_first;

	json->is_first = false;
	if (json->failed)
		return false;
	if (take(json, bracket)) {
		json->depth--;
		return false;
	}
	if (!is_first && !take(json, ','))
		expected(json, what);
	return !json->failed;
}

void json_object(struct json *json)
{
	enter(json, '{', "an object");
}

bool json_key(struct json *json, struct json_string *key)
{
	if (!begin_next(json, '}', "',' or '}'"))
		return false;
	if (peek(json) != '"') {
		expected(json, "a key in quotes");
		return false;
	}
	*key = json_string(json);
	if (!json->failed && !take(json, ':'))
		expected(json, "':'");
	return !json->failed;
}

void json_array(struct json *json)
{
	enter(json, '[', "an array");
}

bool json_item(struct json *json)
{
	return begin_next(json, ']', "',' or ']'");
}

static int hexadecimal(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return NOTHING;
}

/* Returns the value of the four hexadecimal digits at `at`, or NOTHING. */
static int four_digits(const char *at, const char *end)
{
	int value = 0;

	if (end - at < 4)
		return NOTHING;
	for (int i = 0; i < 4; i++) {
		int digit = hexadecimal(at[i]);

		if (digit < 0)
			return NOTHING;
		value = value << 4 | digit;
	}
	return value;
}

/* Returns the character of the escape sequence whose backslash is before *at, and moves *at behind the sequence.
 * NOTHING if it is wrong. */
static int escaped(const char **at, const char *end)
{
	static const char letters[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *letter;
	int high, low;

	if (*at == end)
		return NOTHING;
	letter = **at ? strchr(letters, **at) : NULL;
	if (letter) {
		++*at;
		return values[letter - letters];
	}
	if (**at != 'u')
		return NOTHING;
	high = four_digits(*at + 1, end);
	if (high < SURROGATE || high >= SURROGATE_END) {
		*at += 5;
		return high > 0 ? high : NOTHING;
	}
	if (high >= SURROGATE_LOW || end - *at < 11 || (*at)[5] != '\\' || (*at)[6] != 'u')
		return NOTHING;
	low = four_digits(*at + 7, end);
	if (low < SURROGATE_LOW || low >= SURROGATE_END)
		return NOTHING;
	*at += 11;
	return 0x10000 + ((high - SURROGATE) << 10) + (low - SURROGATE_LOW);
}

/* Returns the character of the UTF-8 sequence at *at, and moves *at behind it. NOTHING if it is wrong. */
static int sequence(const char **at, const char *end)
{
	unsigned char first = (unsigned char)*(*at)++;
	int more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
	static const int least[] = { 0, 0x80, 0x800, 0x10000 };
	int value = first;

	if (!more)
		return value;
	if (first < LEAD_FIRST || first > 0xf4)
		return NOTHING;
	value = first & (0x3f >> more);
	for (int i = 0; i < more; i++, ++*at) {
		if (*at == end || ((unsigned char)**at & 0xc0) != 0x80)
			return NOTHING;
		value = value << 6 | (**at & 0x3f);
	}
	if (value < least[more] || value > 0x10ffff || (value >= SURROGATE && value < SURROGATE_END))
		return NOTHING;
	return value;
}

/* Returns the character of a string at *at, and moves *at behind it. NOTHING if it is wrong. */
static int next_character(const char **at, const char *end)
{
	if ((unsigned char)**at < ' ')
		return NOTHING;
	if (**at != '\\')
		return sequence(at, end);
	++*at;
	return escaped(at, end);
}

struct json_string json_string(struct json *json)
{
	const char *end = json->text + json->length, *at, *character;
	struct json_string string = { "", 0 };

	if (peek(json) != '"') {
		expected(json, "a string");
		return string;
	}
	at = json->text + json->at + 1;
	string.text = at;
	for (character = at; at < end && *at != '"'; character = at)
		if (next_character(&at, end) < 0) {
			json_expected(json, character, "a character of a string");
			return (struct json_string){ "", 0 };
		}
	if (at == end) {
		json_expected(json, end, "the end of the string");
		return (struct json_string){ "", 0 };
	}
	string.length = (size_t)(at - string.text);
	json->at = (size_t)(at - json->text) + 1;
	return string;
}

uint64_t json_number(struct json *json, uint64_t most)
{
	char what[64];
	size_t start;
	uint64_t value = 0;
	bool is_good = peek(json) >= '0' && peek(json) <= '9';

	start = json->at;
	while (is_good && json->at < json->length && json->text[json->at] >= '0' && json->text[json->at] <= '9') {
		unsigned digit = (unsigned)(json->text[json->at++] - '0');

		is_good = value <= (most - digit) / 10 && digit <= most;
		value = value * 10 + digit;
	}
	/* No leading zero, and neither a fraction nor an exponent. */
	if (json->at - start > 1 && json->text[start] == '0')
		is_good = false;
	if (json->at < json->length && strchr(".eE+-", json->text[json->at]) && json->text[json->at])
		is_good = false;
	if (is_good)
		return value;
	if (most == UINT64_MAX)
		strcpy(what, "a whole number of 0 to 2^64-1");
	else
		snprintf(what, sizeof what, "a whole number of 0 to %llu", (unsigned long long)most);
	if (!json->failed)
		json_expected(json, json->text + start, what);
	return 0;
}

static bool take_word(struct json *json, const char *word)
{
	size_t length = strlen(word);

	if (peek(json) != *word || json->length - json->at < length || memcmp(json->text + json->at, word, length) != 0)
		return false;
	json->at += length;
	return true;
}

bool json_null(struct json *json)
{
	return take_word(json, "null");
}

static bool take_digits(struct json *json)
{
	size_t start = json->at;

	while (json->at < json->length && json->text[json->at] >= '0' && json->text[json->at] <= '9')
		json->at++;
	return json->at > start;
}

/* Skips a number of any kind. False if it is wrong. */
static bool take_number(struct json *json)
{
	size_t start;

	if (json->text[json->at] == '-')
		json->at++;
	start = json->at;
	if (!take_digits(json) || (json->text[start] == '0' && json->at - start > 1))
		return false;
	if (json->at < json->length && json->text[json->at] == '.') {
		json->at++;
		if (!take_digits(json))
			return false;
	}
	if (json->at < json->length && (json->text[json->at] | 0x20) == 'e') {
		json->at++;
		if (json->at < json->length && (json->text[json->at] == '+' || json->text[json->at] == '-'))
			json->at++;
		return take_digits(json);
	}
	return true;
}

/* Skips a value that is neither an object nor an array. */
static void skip_plain(struct json *json)
{
	size_t start;
	int c = peek(json);

	start = json->at;
	if (c == '"')
		json_string(json);
	else if (c == '-' || (c >= '0' && c <= '9')) {
		if (!take_number(json))
			json_expected(json, json->text + start, "a number");
	} else if (!take_word(json, "true") && !take_word(json, "false") && !take_word(json, "null"))
		expected(json, "a value");
}

void json_skip(struct json *json)
{
	/* By depth: whether the value that was entered is an object, not an array. */
	bool is_object[JSON_DEPTH_MOST + 1] = { false };
	const unsigned outside = json->depth;
	struct json_string key;

	do {
		int c = peek(json);

		if (c == '{' || c == '[') {
			enter(json, (char)c, "a value");
			if (json->failed)
				return;
			is_object[json->depth] = c == '{';
		} else {
			skip_plain(json);
		}
		/* Leave the objects and arrays that end here. */
		while (!json->failed && json->depth > outside) {
			unsigned depth = json->depth;

			if (is_object[depth] ? json_key(json, &key) : json_item(json))
				break;
			if (json->depth == depth)
				return; /* a mistake */
		}
	} while (!json->failed && json->depth > outside);
}

/* Compares the string with `name`. case_bit is 0x20 if upper and lower case don't differ, else 0. */
static bool is(struct json_string string, const char *name, int case_bit)
{
	const char *at = string.text, *end = at + string.length;

	for (; at < end; name++) {
		int c = next_character(&at, end);

		if (!*name || c < 0 || c > 0x7f)
			return false;
		if (c != *name && ((c | case_bit) != (*name | case_bit) || (c | 0x20) < 'a' || (c | 0x20) > 'z'))
			return false;
	}
	return !*name;
}

bool json_is(struct json_string string, const char *name)
{
	return is(string, name, 0);
}

bool json_is_nearly(struct json_string string, const char *name)
{
	return is(string, name, 0x20);
}

int json_end(struct json *json)
{
	if (!json->failed && peek(json) != NOTHING)
		expected(json, "the end of the file");
	return json->failed ? -EINVAL : 0;
}

int json_which(struct json *json, struct json_string key, const char *const *keys, uint32_t *seen)
{
	char what[64];

	for (int i = 0; keys[i]; i++) {
		if (!json_is_nearly(key, keys[i]))
			continue;
		snprintf(what, sizeof what, "the key \"%s\"", keys[i]);
		if (!json_is(key, keys[i]))
			json_expected(json, key.text, what);
		snprintf(what, sizeof what, "\"%s\" only once", keys[i]);
		if (*seen >> i & 1)
			json_expected(json, key.text, what);
		*seen |= 1u << i;
		return i;
	}
	return NOTHING;
}
