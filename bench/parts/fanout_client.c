/* Ten thousand listeners in one process, alike for every server: who got which bytes, and when.
 *
 *   fanout_client KIND COUNT PORT SOURCES TOKENS [tls]
 *
 * KIND is sse, mqtt or nats; SOURCES how many loopback addresses (127.0.0.2 on) the connections come from; TOKENS a
 * file with a bearer token a line (sse), or "-". It obeys lines on standard input and answers on standard output:
 *
 *   (at the start)   connected N MS      each is connected and subscribed
 *   arm MARK         armed               from now on look for these bytes, the last ones of a message
 *                    all                 every connection has seen them
 *   kill PID N       (nothing)           end PID by SIGKILL when N connections have seen them
 *   take FILE        taken N REPEATS UP  writes COUNT instants (int64, CLOCK_MONOTONIC ns of the last byte; 0 missed)
 *   drop             dropped             cut every connection: the storm
 *   state            state UP REFUSED LOST
 *
 * A stream that ends is opened again as an appliance does: after a wait drawn from a growing span (full jitter, from
 * 2 s on as our server asks, up to 30 s), no sooner than Retry-After says, with Last-Event-ID. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum kind { SSE, MQTT, NATS };
enum state { DOWN, CONNECTING, SHAKING, ASKED, UP };
enum { ROOM = 262144, BEFORE = 128, AT_ONCE = 200, MARK_MOST = 100, LINE = 64 };

struct conn {
    int fd, failures, line, repeats, gathered, size, status, head;
    enum state state;
    int64_t due_ns, came_ns, retry_ms;
    SSL *ssl;
    char *gather;
    char token[80], last_id[24], next_id[24], tail[MARK_MOST], text[LINE];
    int tail_bytes;
};

static enum kind kind;
static int count, port, sources, epoll, up, seen, refused, lost, kill_at, connecting, started;
static pid_t victim;
static struct conn *conns;
static char mark[MARK_MOST];
static int mark_bytes;
static SSL_CTX *tls;
static char *room;

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void say(const char *words) {
    fputs(words, stdout);
    fflush(stdout);
}

static double dice(void) { return (double)random() / RAND_MAX; }

static void watch(struct conn *c, uint32_t events, int how) {
    struct epoll_event e = {.events = events, .data.ptr = c};
    epoll_ctl(epoll, how, c->fd, &e);
}

static void end(struct conn *c, int64_t wait_ms) {
    if (c->state == UP) up--;
    else if (c->state != DOWN) connecting--;
    if (c->ssl) SSL_free(c->ssl), c->ssl = NULL;
    if (c->fd >= 0) close(c->fd);
    c->fd = -1, c->state = DOWN, c->tail_bytes = c->gathered = c->line = c->head = c->status = 0;
    c->next_id[0] = 0, c->retry_ms = 0;
    double span = 2000.0 * (1 << (c->failures < 4 ? c->failures : 4));
    if (span > 30000) span = 30000;
    double drawn = 2000 + dice() * (span - 2000);
    if (drawn < wait_ms) drawn = wait_ms;
    c->due_ns = now_ns() + (int64_t)(drawn * 1e6);
}

static void put(struct conn *c, const void *data, int size) {
    int sent = c->ssl ? SSL_write(c->ssl, data, size) : (int)write(c->fd, data, size);
    if (sent != size) end(c, 0);
}

static void ask(struct conn *c) {
    char words[512];
    int n;
    c->state = ASKED;
    watch(c, EPOLLIN, EPOLL_CTL_MOD);
    if (kind == SSE) {
        n = snprintf(words, sizeof words,
                     "GET /device/v1/stream HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: python-requests/2.32\r\n"
                     "Accept-Encoding: identity\r\nAccept: text/event-stream\r\nConnection: keep-alive\r\n"
                     "Cache-Control: no-store\r\nAuthorization: Bearer %s\r\n",
                     port, c->token);
        if (c->last_id[0]) n += snprintf(words + n, sizeof words - n, "Last-Event-ID: %s\r\n", c->last_id);
        n += snprintf(words + n, sizeof words - n, "\r\n");
    } else if (kind == NATS) {
        n = snprintf(words, sizeof words, "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB alarm 1\r\nPING\r\n");
    } else {
        int id = (int)(c - conns), at = 0;
        char name[16];
        int len = snprintf(name, sizeof name, "loa%d", id);
        words[at++] = 0x10, words[at++] = (char)(12 + len);
        memcpy(words + at, "\0\4MQTT\4\2\0\0", 10), at += 10;
        words[at++] = 0, words[at++] = (char)len;
        memcpy(words + at, name, len), at += len;
        memcpy(words + at, "\x82\x0a\0\1\0\5alarm\1", 12), at += 12;
        n = at;
    }
    put(c, words, n);
}

static void shake(struct conn *c) {
    int done = SSL_connect(c->ssl);
    if (done == 1) { ask(c); return; }
    int why = SSL_get_error(c->ssl, done);
    if (why == SSL_ERROR_WANT_READ) watch(c, EPOLLIN, EPOLL_CTL_MOD);
    else if (why == SSL_ERROR_WANT_WRITE) watch(c, EPOLLOUT, EPOLL_CTL_MOD);
    else lost++, c->failures++, end(c, 0);
}

static void begin(struct conn *c) {
    struct sockaddr_in me = {.sin_family = AF_INET}, there = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) { perror("socket"); exit(1); }
    setsockopt(c->fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    me.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (int)(c - conns) % sources);
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(c->fd, (void *)&me, sizeof me)) { perror("bind"); exit(1); }
    c->state = CONNECTING, connecting++;
    watch(c, EPOLLOUT, EPOLL_CTL_ADD);
    if (connect(c->fd, (void *)&there, sizeof there) && errno != EINPROGRESS) lost++, c->failures++, end(c, 0);
}

static void subscribed(struct conn *c) {
    if (c->state == UP) return;
    c->state = UP, connecting--, up++, c->failures = 0;
}

/* What came holds the mark: note when. */
static void found(struct conn *c) {
    if (c->came_ns) { c->repeats++; return; }
    c->came_ns = now_ns();
    if (++seen == kill_at && victim) kill(victim, SIGKILL), victim = 0;
    if (seen == count) say("all\n");
}

/* One line of a stream: the head of the answer, then events; an id counts when its event is whole. */
static void line(struct conn *c, const char *text, int size) {
    if (size && text[size - 1] == '\r') size--;
    if (!c->head) {
        if (size >= 12 && !memcmp(text, "HTTP/1.1 ", 9)) c->status = atoi(text + 9);
        if (size > 13 && !strncasecmp(text, "retry-after: ", 13)) c->retry_ms = 1000 * atoi(text + 13);
        if (size) return;
        c->head = 1;
        if (c->status == 200) subscribed(c);
        else {
            if (c->status != 503) fprintf(stderr, "answered %d\n", c->status);
            refused++, c->failures++;
            end(c, c->retry_ms);
        }
    } else if (size > 4 && size < 24 && !memcmp(text, "id: ", 4)) {
        memcpy(c->next_id, text + 4, size - 4), c->next_id[size - 4] = 0;
    } else if (!size && c->next_id[0]) {
        memcpy(c->last_id, c->next_id, sizeof c->last_id), c->next_id[0] = 0;
    }
}

static void lines(struct conn *c, const char *data, int size) {
    const char *at = data, *stop = data + size, *next;
    while (c->state != DOWN && (next = memchr(at, '\n', stop - at))) {
        if (c->line) {
            int more = (int)(next - at);
            if (c->line + more < LINE) memcpy(c->text + c->line, at, more), line(c, c->text, c->line + more);
            else line(c, c->text, LINE);
            c->line = 0;
        } else if (next - at == 0 || (next - at == 1 && *at == '\r' && !c->head)) line(c, at, (int)(next - at));
        else if (!(next - at == 1 && *at == '\r')) line(c, at, (int)(next - at) < 4096 ? (int)(next - at) : 4096);
        at = next + 1;
    }
    if (c->state == DOWN || at == stop) return;
    int rest = (int)(stop - at);
    if (c->line + rest > LINE - 1) rest = LINE - 1 - c->line;
    memcpy(c->text + c->line, at, rest), c->line += rest;
}

static void packets(struct conn *c, const char *data, int size) {
    if (c->gathered + size > c->size) c->size = c->gathered + size + 4096, c->gather = realloc(c->gather, c->size);
    memcpy(c->gather + c->gathered, data, size), c->gathered += size;
    int at = 0;
    while (c->gathered - at >= 2) {
        unsigned char *p = (unsigned char *)c->gather + at;
        int length = 0, shift = 0, used = 1;
        do {
            if (at + used >= c->gathered) goto kept;
            length |= (p[used] & 127) << shift, shift += 7;
        } while (p[used++] & 128);
        if (at + used + length > c->gathered) break;
        if (p[0] >> 4 == 9) subscribed(c);
        if (p[0] >> 4 == 3) {
            int topic = p[used] << 8 | p[used + 1];
            if (mark_bytes && memmem(p + used, length, mark, mark_bytes)) found(c);
            if (p[0] & 6) {
                char thanks[4] = {0x40, 2, (char)p[used + 2 + topic], (char)p[used + 3 + topic]};
                put(c, thanks, 4);
                if (c->state == DOWN) return;
            }
        }
        at += used + length;
    }
kept:
    memmove(c->gather, c->gather + at, c->gathered - at), c->gathered -= at;
}

static void take_in(struct conn *c, int size) {
    char *data = room + BEFORE;
    if (kind == MQTT) { packets(c, data, size); return; }
    memcpy(data - c->tail_bytes, c->tail, c->tail_bytes);
    if (mark_bytes) {
        const char *at = data - c->tail_bytes;
        int left = size + c->tail_bytes;
        const char *hit;
        while ((hit = memmem(at, left, mark, mark_bytes))) {
            found(c);
            left -= (int)(hit + mark_bytes - at), at = hit + mark_bytes;
        }
    }
    int keep = mark_bytes ? mark_bytes - 1 : 0;
    if (keep > size + c->tail_bytes) keep = size + c->tail_bytes;
    memcpy(c->tail, data + size - keep, keep), c->tail_bytes = keep;
    if (kind == SSE) lines(c, data, size);
    else {
        if (memmem(data, size, "PONG\r\n", 6)) subscribed(c);
        if (size >= 6 && memmem(data, size, "PING\r\n", 6)) put(c, "PONG\r\n", 6);
    }
}

static void hear(struct conn *c) {
    for (;;) {
        int size = c->ssl ? SSL_read(c->ssl, room + BEFORE, ROOM) : (int)read(c->fd, room + BEFORE, ROOM);
        if (size > 0) {
            take_in(c, size);
            if (c->state == DOWN || !c->ssl) return;
            continue;
        }
        if (c->ssl && SSL_get_error(c->ssl, size) == SSL_ERROR_WANT_READ) return;
        if (!c->ssl && size < 0 && (errno == EAGAIN || errno == EINTR)) return;
        lost++, c->failures++;
        end(c, 0);
        return;
    }
}

static void turn(struct conn *c, uint32_t events) {
    if (c->state == CONNECTING) {
        int fault = 0;
        socklen_t size = sizeof fault;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &fault, &size);
        if (fault) { lost++, c->failures++, end(c, 0); return; }
        if (!tls) { ask(c); return; }
        c->ssl = SSL_new(tls);
        SSL_set_fd(c->ssl, c->fd);
        c->state = SHAKING;
    }
    if (c->state == SHAKING) shake(c);
    else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) hear(c);
}

static void obey(char *words) {
    char answer[128], name[512];
    int n = 0, repeats = 0, pid;
    if (!strncmp(words, "arm ", 4)) {
        mark_bytes = (int)strlen(words + 4);
        memcpy(mark, words + 4, mark_bytes);
        seen = kill_at = 0;
        for (int i = 0; i < count; i++) conns[i].came_ns = conns[i].repeats = conns[i].tail_bytes = 0;
        say("armed\n");
    } else if (sscanf(words, "kill %d %d", &pid, &n) == 2) {
        victim = pid, kill_at = n;
    } else if (sscanf(words, "take %500s", name) == 1) {
        FILE *file = fopen(name, "wb");
        for (int i = n = 0; i < count; i++) {
            fwrite(&conns[i].came_ns, 8, 1, file);
            n += conns[i].came_ns != 0, repeats += conns[i].repeats;
        }
        fclose(file);
        snprintf(answer, sizeof answer, "taken %d %d %d\n", n, repeats, up);
        say(answer);
    } else if (!strncmp(words, "drop", 4)) {
        for (int i = 0; i < count; i++) if (conns[i].state != DOWN) conns[i].failures++, end(conns + i, 0);
        say("dropped\n");
    } else if (!strncmp(words, "state", 5)) {
        snprintf(answer, sizeof answer, "state %d %d %d\n", up, refused, lost);
        say(answer);
    }
}

int main(int argc, char **argv) {
    if (argc < 6) return 2;
    kind = !strcmp(argv[1], "mqtt") ? MQTT : !strcmp(argv[1], "nats") ? NATS : SSE;
    count = atoi(argv[2]), port = atoi(argv[3]), sources = atoi(argv[4]);
    conns = calloc(count, sizeof *conns), room = malloc(ROOM + BEFORE);
    signal(SIGPIPE, SIG_IGN);
    srandom((unsigned)now_ns());
    if (argc > 6) {
        tls = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
    }
    FILE *tokens = strcmp(argv[5], "-") ? fopen(argv[5], "r") : NULL;
    for (int i = 0; i < count; i++) {
        conns[i].fd = -1;
        if (tokens && fscanf(tokens, "%79s", conns[i].token) != 1) return 2;
    }
    epoll = epoll_create1(0);
    struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL}, ready[512];
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &input);
    int64_t began = now_ns(), looked = 0;
    int told = 0, held = 0;
    char words[1024];
    for (;;) {
        int64_t now = now_ns();
        if (started < count) {
            while (started < count && connecting < AT_ONCE) begin(conns + started++);
        } else if (now - looked > 10000000) {
            looked = now;
            for (int i = 0; i < count; i++) if (conns[i].state == DOWN && conns[i].due_ns <= now) begin(conns + i);
        }
        if (!told && up == count) {
            char answer[64];
            told = 1, snprintf(answer, sizeof answer, "connected %d %lld\n", up, (long long)((now - began) / 1000000));
            say(answer);
        }
        int n = epoll_wait(epoll, ready, 512, up == count ? 200 : 10);
        for (int i = 0; i < n; i++) {
            struct conn *c = ready[i].data.ptr;
            if (c) { if (c->state != DOWN) turn(c, ready[i].events); continue; }
            int got = (int)read(0, words + held, sizeof words - 1 - held);
            if (got <= 0) return 0;
            held += got, words[held] = 0;
            for (char *next; (next = strchr(words, '\n'));) {
                *next = 0;
                obey(words);
                held -= (int)(next + 1 - words);
                memmove(words, next + 1, held + 1);
            }
        }
    }
}
