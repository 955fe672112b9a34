/* SPDX-License-Identifier: MIT
 * Facts that getsockname, getpeername and others have in common: the call writes as much of an address as there is room
 * for, and the address' full length. */
#ifndef CONFORMANCE_ADDRESS_OUT_H
#define CONFORMANCE_ADDRESS_OUT_H

#include "kit.h"

/* Facts about CALL, which writes fd's address: it must be `wanted`, of `length` bytes. NAME is the facts' prefix. */
#define ADDRESS_OUT(NAME, CALL, fd, wanted, length)                                                                    \
	do {                                                                                                           \
		union address out_;                                                                                    \
		socklen_t room_ = sizeof out_;                                                                         \
		struct {                                                                                               \
			char pad;                                                                                      \
			char address[sizeof out_];                                                                     \
			char length[sizeof room_];                                                                     \
		} __attribute__((packed)) odd_ = { 0 };                                                                \
                                                                                                                       \
		memset(&out_, 0x5a, sizeof out_);                                                                      \
		IS(0, f("%s: the address is returned", NAME), CALL, fd, &out_, &room_);                                \
		EQ(length, room_, f("%s.length: the address' length is written", NAME));                               \
		FACT(!memcmp(&out_, wanted, length), f("%s.address: the address is written", NAME));                   \
		FACT(out_.bytes[length] == 0x5a, f("%s.beyond: nothing is written beyond the address", NAME));         \
		memset(&out_, 0x5a, sizeof out_);                                                                      \
		room_ = 0;                                                                                             \
		IS(0, f("%s.room.0: a buffer of length 0 is no error", NAME), CALL, fd, &out_, &room_);                \
		FACT(room_ == (socklen_t)(length) && out_.bytes[0] == 0x5a,                                            \
		     f("%s.room.0.length: with a buffer of length 0 only the address' full length is written", NAME)); \
		room_ = 1;                                                                                             \
		must(!SC(CALL, fd, &out_, &room_), "an address");                                                      \
		FACT(room_ == (socklen_t)(length) && out_.bytes[0] == ((const char *)(wanted))[0] &&                   \
			     out_.bytes[1] == 0x5a,                                                                    \
		     f("%s.room.1: with a buffer of length 1 the first byte and the address' full length are written", \
		       NAME));                                                                                         \
		room_ = (socklen_t)-1;                                                                                 \
		IS(-EINVAL, f("%s.room.negative: a negative length of the buffer: EINVAL", NAME), CALL, fd, &out_,     \
		   &room_);                                                                                            \
		room_ = sizeof out_;                                                                                   \
		IS(-EFAULT, f("%s.address.nowhere: an address that can't be written: EFAULT", NAME), CALL, fd,         \
		   nowhere(), &room_);                                                                                 \
		room_ = sizeof out_;                                                                                   \
		IS(-EFAULT, f("%s.address.constant: an address in read-only memory: EFAULT", NAME), CALL, fd,          \
		   constant(), &room_);                                                                                \
		IS(-EFAULT, f("%s.length.nowhere: a length that can't be read: EFAULT", NAME), CALL, fd, &out_,        \
		   nowhere());                                                                                         \
		IS(-EFAULT, f("%s.length.null: a null pointer for the length: EFAULT", NAME), CALL, fd, &out_, NULL);  \
		memcpy(odd_.length, &(socklen_t){ sizeof out_ }, sizeof room_);                                        \
		must(!SC(CALL, fd, odd_.address, odd_.length), "an address");                                          \
		FACT(!memcmp(odd_.length, &(socklen_t){ (socklen_t)(length) }, sizeof room_) &&                        \
			     !memcmp(odd_.address, wanted, length),                                                    \
		     f("%s.unaligned: neither the address nor its length need be aligned", NAME));                     \
	} while (0)

#endif
