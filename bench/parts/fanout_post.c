/* Appliances that answer: prepared requests, sent over some kept-open connections as fast as they are answered.
 *
 *   fanout_post FILE PORT LINES      FILE: for each request its length (uint32) and its bytes
 *
 * Prints how many were answered 200, how many otherwise, and how long it took in ms. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct lane { int fd, got; char text[8192]; };

static FILE *file;
static int open_lanes, good, bad;

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void next(struct lane *l) {
    static char body[300000];
    uint32_t size;
    l->got = 0;
    if (fread(&size, 4, 1, file) != 1 || size > sizeof body || fread(body, 1, size, file) != size) {
        close(l->fd), open_lanes--;
        return;
    }
    for (uint32_t at = 0; at < size;) {
        ssize_t sent = write(l->fd, body + at, size - at);
        if (sent <= 0) { perror("write"); exit(1); }
        at += (uint32_t)sent;
    }
}

static void hear(struct lane *l) {
    int size = (int)read(l->fd, l->text + l->got, sizeof l->text - 1 - l->got);
    if (size <= 0) { fprintf(stderr, "cut off\n"), close(l->fd), open_lanes--, bad++; return; }
    l->got += size, l->text[l->got] = 0;
    char *end = strstr(l->text, "\r\n\r\n"), *length = strcasestr(l->text, "content-length: ");
    if (!end || !length || l->got < end + 4 - l->text + atoi(length + 16)) return;
    if (!strncmp(l->text, "HTTP/1.1 200", 12)) good++;
    else if (bad++ < 3) fprintf(stderr, "%.*s\n", l->got, l->text);
    next(l);
}

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    int lanes = atoi(argv[3]), one = 1, epoll = epoll_create1(0);
    struct lane *all = calloc(lanes, sizeof *all);
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
    struct epoll_event e = {.events = EPOLLIN}, ready[64];
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!(file = fopen(argv[1], "rb"))) return perror("fopen"), 1;
    int64_t began = now_ms();
    for (int i = 0; i < lanes; i++) {
        all[i].fd = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(all[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (connect(all[i].fd, (void *)&there, sizeof there)) return perror("connect"), 1;
        e.data.ptr = all + i;
        epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &e);
        open_lanes++, next(all + i);
    }
    while (open_lanes > 0) {
        int n = epoll_wait(epoll, ready, 64, 30000);
        if (n <= 0) { fprintf(stderr, "no answer\n"); break; }
        for (int i = 0; i < n; i++) hear(ready[i].data.ptr);
    }
    printf("%d %d %lld\n", good, bad, (long long)(now_ms() - began));
    return 0;
}
