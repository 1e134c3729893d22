/* The floor: one epoll loop that holds streams and sends each the same bytes, and does nothing else at all.
 *
 *   fanout_floor PORT       prints "ready"; a connection that sends "PUB <size>\n" and so many bytes publishes them.
 *
 * What a fan-out costs the kernel alone; no server that also decides something can be faster. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int held[65536], many;
static char body[262144];

static int heard(int fd) {
    int got = (int)read(fd, body, sizeof body - 1), size, begun;
    if (got <= 0) {
        for (int i = 0; i < many; i++) if (held[i] == fd) held[i] = held[--many];
        close(fd);
        return 0;
    }
    body[got] = 0;
    if (!strncmp(body, "GET ", 4)) {
        static const char head[] = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nretry: 2000\n\n";
        held[many++] = fd;
        return write(fd, head, sizeof head - 1) < 0;
    }
    if (sscanf(body, "PUB %d\n%n", &size, &begun) != 1) return 0;
    while (got < begun + size) {
        int more = (int)read(fd, body + got, sizeof body - got);
        if (more <= 0) return 0;
        got += more;
    }
    for (int i = 0; i < many; i++) if (send(held[i], body + begun, size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) perror("send");
    return 0;
}

int main(int argc, char **argv) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 0)};
    int one = 1, door = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0);
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(door, (void *)&here, sizeof here) || listen(door, 4096)) return perror("listen"), 1;
    struct epoll_event e = {.events = EPOLLIN, .data.fd = door}, ready[512];
    epoll_ctl(epoll, EPOLL_CTL_ADD, door, &e);
    puts("ready"), fflush(stdout);
    for (;;) {
        int n = epoll_wait(epoll, ready, 512, -1);
        for (int i = 0; i < n; i++) {
            if (ready[i].data.fd != door) { heard(ready[i].data.fd); continue; }
            int fd = accept(door, NULL, NULL);
            if (fd < 0) continue;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            e.events = EPOLLIN, e.data.fd = fd;
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
        }
    }
}
