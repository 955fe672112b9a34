/* SPDX-License-Identifier: MIT */
#include "server/guest.h"

#define NOWHERE ((void *)1) /* an address that can't be mapped: the kernel answers EFAULT */

long socketcall_get_int(const struct socketcall_server *server, uint64_t address, int *value)
{
	unsigned char bytes[4];
	long r = socketcall_get(server, address, bytes, sizeof bytes);

	if (!r)
		*value = (int)(uint32_t)socketcall_number_read(server->arch, bytes, sizeof bytes);
	return r;
}

long socketcall_put_across(const struct socketcall_server *server, uint64_t address, const unsigned char *bytes,
			   size_t size)
{
	size_t head = (size_t)(SMALLEST_PAGE - address % SMALLEST_PAGE), tail = size - head, old;
	unsigned char before[8];

	old = socketcall_read(server, address + head, before, tail);
	if (socketcall_put(server, address + head, bytes + head, tail))
		return -SAME_EFAULT;
	if (!socketcall_put(server, address, bytes, head))
		return 0;
	if (old)
		socketcall_write(server, address + head, before, old);
	return -SAME_EFAULT;
}

/* ---- Messages' bytes --------------------------------------------------------------------------------------------- */

/* As Linux does, checks each entry's length before it reads the next entry: so EINVAL may come before EFAULT. */
APART long socketcall_segments_in(const struct socketcall_server *server, uint64_t vector, uint64_t count,
				  struct socketcall_message *message)
{
	const struct traits traits = traits_of(server->arch);
	struct socketcall_segment *segments = scratch_of(server)->segments;
	unsigned char *copy = socketcall_room_of(server);
	unsigned size = 2 * traits.word;
	size_t there;

	if (count > SOCKETCALL_SEGMENTS)
		return -socketcall_errno_EMSGSIZE;
	vector = socketcall_address(server, vector);
	if (count && socketcall_beyond(server, vector, count * size))
		return -SAME_EFAULT;
	there = count ? socketcall_read(server, vector, copy, (size_t)count * size) : 0;
	for (size_t i = 0, end = size; i < count; i++, end += size) {
		uint64_t length;

		if (end > there)
			return -SAME_EFAULT;
		segments[i].address = socketcall_address(server, word_read(traits, copy + i * size));
		length = word_read(traits, copy + i * size + traits.word);
		if (length >> (8 * traits.word - 1))
			return -SAME_EINVAL;
		segments[i].size = length;
	}
	message->segments = segments;
	message->segment_count = (unsigned)count;
	message->size = 0;
	for (size_t i = 0; i < count; i++) {
		if (socketcall_beyond(server, segments[i].address, segments[i].size))
			return -SAME_EFAULT;
		if (segments[i].size > MOST_BYTES - message->size)
			segments[i].size = MOST_BYTES - message->size;
		message->size += segments[i].size;
	}
	return 0;
}

/* Returns the segment that holds the byte at *offset, and makes *offset relative to it; null behind the last
 * segment. */
static const struct socketcall_segment *segment_at(const struct socketcall_message *message, uint64_t *offset)
{
	for (unsigned i = 0; i < message->segment_count; i++) {
		if (*offset < message->segments[i].size)
			return &message->segments[i];
		*offset -= message->segments[i].size;
	}
	return NULL;
}

/* Copies bytes between the segments and `here`, segment by segment. Returns how many could be copied. */
static size_t copy_segments(struct socketcall_server *server, const struct socketcall_message *message, uint64_t offset,
			    unsigned char *here, size_t size, bool out)
{
	const struct socketcall_segment *segment = segment_at(message, &offset);
	const struct socketcall_segment *end = message->segments + message->segment_count;
	size_t done = 0;

	for (; segment && segment < end && done < size; segment++, offset = 0) {
		uint64_t left = segment->size - offset;
		size_t wanted = left < size - done ? (size_t)left : size - done, got;

		if (!wanted)
			continue;
		got = out ? socketcall_write(server, segment->address + offset, here + done, wanted)
			  : socketcall_read(server, segment->address + offset, here + done, wanted);
		done += got;
		if (got < wanted)
			break;
	}
	return done;
}

size_t socketcall_take(struct socketcall_server *server, const struct socketcall_message *message, uint64_t offset,
		       void *to, size_t size)
{
	return copy_segments(server, message, offset, (unsigned char *)to, size, false);
}

size_t socketcall_give(struct socketcall_server *server, const struct socketcall_message *message, uint64_t offset,
		       const void *from, size_t size)
{
	return copy_segments(server, message, offset, (unsigned char *)(uintptr_t)from, size, true);
}

unsigned socketcall_pieces(struct socketcall_server *server, const struct socketcall_message *message, uint64_t offset,
			   uint64_t size, int writable, struct socketcall_piece *pieces, unsigned max,
			   uint64_t *covered)
{
	const struct socketcall_segment *segment = segment_at(message, &offset);
	const struct socketcall_segment *end = message->segments + message->segment_count;
	unsigned count = 0;

	*covered = 0;
	if (!server->memory.at || !segment)
		return 0;
	for (; segment && segment < end && *covered < size; segment++, offset = 0)
		while (offset < segment->size && *covered < size && count < max) {
			uint64_t address = socketcall_address(server, segment->address + offset);
			uint64_t left = segment->size - offset;
			size_t wanted = (size_t)(left < size - *covered ? left : size - *covered), there;
			void *at;

			there = before_end(traits_of(server->arch), address, wanted);
			at = there ? server->memory.at(server->memory.context, address, &there, writable) : NULL;
			if (!at || !there)
				at = NOWHERE;
			there = at == NOWHERE || there > wanted ? wanted : there;
			pieces[count++] = (struct socketcall_piece){ at, there };
			*covered += there;
			offset += there;
			if (at == NOWHERE)
				return count;
		}
	return count;
}

void *socketcall_room(struct socketcall_server *server, size_t *size)
{
	*size = server->scratch_size - sizeof(struct scratch);
	return socketcall_room_of(server);
}
