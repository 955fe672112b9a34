/* SPDX-License-Identifier: MIT
 *
 * Reads JSON (RFC 8259) value by value, as its reader asks for them, and says at which byte what was expected instead.
 * Allocates nothing, and needs no table of tokens:
 *
 *	json_object(&json);
 *	while (json_key(&json, &key))
 *		if (json_is(key, "value"))
 *			number = json_number(&json, UINT32_MAX);
 *		else
 *			json_skip(&json);
 *
 * After the first mistake the reader fails: keys and items end, and values are empty; so mistakes need no check after
 * each call. The reader is strict, because a lenient reader may read another policy than the next one does: a string is
 * well-formed UTF-8 without null characters and lone surrogates, a number has no leading zeros, and nothing follows the
 * value. docs/policy.md says why no library is used.
 */
#ifndef POLICY_JSON_H
#define POLICY_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/policy.h"

enum { JSON_DEPTH_MOST = 128 /* of values in values */ };

struct json {
	const char *text;
	size_t length, at;
	unsigned depth;
	bool is_first; /* no value of the innermost object or array has been read */
	bool failed;   /* `error` is filled */
	struct socketcall_policy_error *error;
};

/* A string, where it stands in the text: without its quotes, with its escapes. */
struct json_string {
	const char *text;
	size_t length;
};

/* Begins to read a text. */
void json_begin(struct json *json, const char *text, size_t length, struct socketcall_policy_error *error);

/* Nothing but blanks may follow. Returns 0, or -EINVAL if anything was wrong. */
int json_end(struct json *json);

/* Enters an object, whose members json_key() gives. */
void json_object(struct json *json);

/* The next member's key; its value has to be read or skipped. False, and the object is left, if there is none. */
bool json_key(struct json *json, struct json_string *key);

/* Enters an array. json_item() is true as long as there is another item, which has to be read or skipped. */
void json_array(struct json *json);
bool json_item(struct json *json);

struct json_string json_string(struct json *json);

/* A number of 0 to `most`, without fraction and exponent. */
uint64_t json_number(struct json *json, uint64_t most);

/* Reads a null, if one is next; else nothing. */
bool json_null(struct json *json);

/* Skips a value of any kind. */
void json_skip(struct json *json);

/* Is the string, its escapes resolved, this one? `name` is ASCII. */
bool json_is(struct json_string string, const char *name);

/* The same, if upper and lower case are the same. */
bool json_is_nearly(struct json_string string, const char *name);

/* Where the next value stands. */
const char *json_here(struct json *json);

/*
 * The index of this key in `keys`, a null-terminated list, or -1. The bits of *seen are the keys that have been read.
 * A key that occurs twice is a mistake, and so is one that differs from one of `keys` only in upper and lower case:
 * readers differ in what they make of these.
 */
int json_which(struct json *json, struct json_string key, const char *const *keys, uint32_t *seen);

/* Fails, unless that has happened before: "expected WHAT, not 'x'" at the byte `at`, which is in the text. */
void json_expected(struct json *json, const char *at, const char *what);

#endif
