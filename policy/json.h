/* SPDX-License-Identifier: MIT
 *
 * Reads JSON (RFC 8259) value by value, as its caller asks for them. A mistake is reported with its place, and with
 * what was expected there. Allocates nothing, and needs no table of tokens:
 *
 *	json_object(&json);
 *	while (json_key(&json, &key))
 *		if (json_is(key, "value"))
 *			number = json_number(&json, UINT32_MAX);
 *		else
 *			json_skip(&json);
 *
 * After the first mistake, json_key() and json_item() return false and values are empty, so callers needn't check for
 * mistakes after each call. The reader is strict, because two lenient readers may read different policies from the same
 * text: a string must be well-formed UTF-8 without null characters and lone surrogates, a number must have no leading
 * zeros, and nothing may follow the value. docs/policy.md says why no library is used.
 */
#ifndef POLICY_JSON_H
#define POLICY_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/policy.h"

enum { JSON_DEPTH_MOST = 128 /* how deep objects and arrays may be nested */ };

struct json {
	const char *text;
	size_t length, at;
	unsigned depth;
	bool is_first; /* no value of the innermost object or array has been read */
	bool failed;   /* `error` is filled */
	struct socketcall_policy_error *error;
};

/* A string as it stands in the text, without its quotes; escapes aren't resolved. */
struct json_string {
	const char *text;
	size_t length;
};

/* Begins to read a text. */
void json_begin(struct json *json, const char *text, size_t length, struct socketcall_policy_error *error);

/* Expects the end of the text. Returns 0, or -EINVAL after any mistake. */
int json_end(struct json *json);

/* Enters an object. json_key() then reads its keys. */
void json_object(struct json *json);

/* Reads the next member's key; then the caller must read or skip its value. Leaves the object and returns false if
 * there is no other member. */
bool json_key(struct json *json, struct json_string *key);

/* Enters an array. json_item() returns true while there is another item, which the caller must then read or skip. */
void json_array(struct json *json);
bool json_item(struct json *json);

struct json_string json_string(struct json *json);

/* Reads a number from 0 to `most`, without fraction and exponent. */
uint64_t json_number(struct json *json, uint64_t most);

/* Reads a null and returns true, if one is next; else reads nothing. */
bool json_null(struct json *json);

/* Skips a value of any kind. */
void json_skip(struct json *json);

/* True if the string, with its escapes resolved, is `name`, which must be ASCII. */
bool json_is(struct json_string string, const char *name);

/* The same, but upper and lower case don't differ. */
bool json_is_nearly(struct json_string string, const char *name);

/* Skips blanks and returns where the next value stands. */
const char *json_here(struct json *json);

/*
 * Returns the index of the key in `keys`, a null-terminated list, or -1. *seen has a bit for each key that was read.
 * A key that occurs twice is a mistake, and so is one that differs from one of `keys` only in upper and lower case,
 * because JSON readers differ in what they do with such keys.
 */
int json_which(struct json *json, struct json_string key, const char *const *keys, uint32_t *seen);

/* Reports a mistake, if it is the first one: "expected WHAT, not 'x'", where x stands at `at` in the text. */
void json_expected(struct json *json, const char *at, const char *what);

#endif
