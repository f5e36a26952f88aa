/* io_uring by raw system calls: liburing and linux/io_uring.h are absent where musl builds run. */
#ifndef ASSAY_URING_H
#define ASSAY_URING_H

#include "output.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#define SYS_io_uring_enter 426
#endif

/* The kernel's include/uapi/linux/io_uring.h, the parts used here, under its own names. */
#define IORING_OFF_SQ_RING 0
#define IORING_OFF_CQ_RING 0x8000000
#define IORING_OFF_SQES 0x10000000
#define IORING_ENTER_GETEVENTS 1
#define IORING_OP_READ 22

struct io_sqring_offsets {
    uint32_t head, tail, ring_mask, ring_entries, flags, dropped, array, resv1;
    uint64_t user_addr;
};

struct io_cqring_offsets {
    uint32_t head, tail, ring_mask, ring_entries, overflow, cqes, flags, resv1;
    uint64_t user_addr;
};

struct io_uring_params {
    uint32_t sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features, wq_fd, resv[3];
    struct io_sqring_offsets sq_off;
    struct io_cqring_offsets cq_off;
};

struct io_uring_sqe {
    uint8_t opcode, flags;
    uint16_t ioprio;
    int32_t fd;
    uint64_t off, addr;
    uint32_t len, rw_flags;
    uint64_t user_data, pad[3];
};

struct io_uring_cqe {
    uint64_t user_data;
    int32_t res;
    uint32_t flags;
};

struct uring {
    int fd;
    uint32_t *sq_tail, *sq_mask, *sq_array;
    uint32_t *cq_head, *cq_tail, *cq_mask;
    struct io_uring_sqe *sqes;
    struct io_uring_cqe *cqes;
    uint32_t unsubmitted;
};

static char *map_ring(int fd, size_t size, off_t offset)
{
    char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, offset);
    if (at == MAP_FAILED)
        fail("mapping an io_uring ring failed: %s", strerror(errno));
    return at;
}

/* Opens a ring of `entries`; false where the kernel has no io_uring or forbids it. */
static bool open_uring(struct uring *ring, unsigned entries)
{
    struct io_uring_params params = {0};
    int fd = (int)syscall(SYS_io_uring_setup, entries, &params);
    if (fd < 0)
        return false;
    char *sq = map_ring(fd, params.sq_off.array + params.sq_entries * sizeof(uint32_t),
                        IORING_OFF_SQ_RING);
    char *cq = map_ring(fd, params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe),
                        IORING_OFF_CQ_RING);
    *ring = (struct uring){
        .fd = fd,
        .sq_tail = (uint32_t *)(void *)(sq + params.sq_off.tail),
        .sq_mask = (uint32_t *)(void *)(sq + params.sq_off.ring_mask),
        .sq_array = (uint32_t *)(void *)(sq + params.sq_off.array),
        .cq_head = (uint32_t *)(void *)(cq + params.cq_off.head),
        .cq_tail = (uint32_t *)(void *)(cq + params.cq_off.tail),
        .cq_mask = (uint32_t *)(void *)(cq + params.cq_off.ring_mask),
        .cqes = (struct io_uring_cqe *)(void *)(cq + params.cq_off.cqes),
        .sqes = (struct io_uring_sqe *)(void *)map_ring(
            fd, params.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES),
    };
    return true;
}

/* Queues one read. The caller never has more in flight than the ring has entries. */
static void queue_read(struct uring *ring, int fd, void *buffer, size_t length, uint64_t offset,
                       uint64_t user_data)
{
    uint32_t tail = *ring->sq_tail, index = tail & *ring->sq_mask;
    ring->sqes[index] = (struct io_uring_sqe){.opcode = IORING_OP_READ,
                                              .fd = fd,
                                              .off = offset,
                                              .addr = (uintptr_t)buffer,
                                              .len = (uint32_t)length,
                                              .user_data = user_data};
    ring->sq_array[index] = index;
    __atomic_store_n(ring->sq_tail, tail + 1, __ATOMIC_RELEASE);
    ring->unsubmitted++;
}

/* Hands queued reads to the kernel and waits until at least one has ended. */
static void submit_and_wait(struct uring *ring)
{
    long taken = syscall(SYS_io_uring_enter, ring->fd, ring->unsubmitted, 1, IORING_ENTER_GETEVENTS,
                         NULL, 0);
    if (taken < 0 && errno != EINTR && errno != EAGAIN)
        fail("io_uring_enter failed: %s", strerror(errno));
    if (taken > 0)
        ring->unsubmitted -= (uint32_t)taken;
}

/* Takes one completion, if there is one. */
static bool take_completion(struct uring *ring, struct io_uring_cqe *cqe)
{
    uint32_t head = *ring->cq_head;
    if (head == __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE))
        return false;
    *cqe = ring->cqes[head & *ring->cq_mask];
    __atomic_store_n(ring->cq_head, head + 1, __ATOMIC_RELEASE);
    return true;
}

#endif
