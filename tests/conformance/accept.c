/* SPDX-License-Identifier: MIT
 * ACCEPT: accept(2). */
#define _GNU_SOURCE
#define NAME "accept"
#define CALL ACCEPT
#include "accepting.h"

int main(void)
{
	facts_begin();
	accepts();
	errors();
	return facts_end();
}
