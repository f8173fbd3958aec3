/* The floor: what the kernel alone costs. Reads the tty, writes the same bytes
 * to one TCP client. No framing, no lookup, no JSON.
 *
 *   floor TTY PORT
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 3)
		return 64;
	int tty = open(argv[1], O_RDWR | O_NOCTTY);
	struct termios t;
	if (tty < 0 || tcgetattr(tty, &t) < 0) {
		perror(argv[1]);
		return 1;
	}
	cfmakeraw(&t);
	tcsetattr(tty, TCSANOW, &t);

	int l = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[2])) };
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(l, (struct sockaddr *)&a, sizeof a) < 0 || listen(l, 1) < 0) {
		perror("listen");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	int c = accept(l, NULL, NULL);
	setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	char buf[4096];
	ssize_t n;
	while ((n = read(tty, buf, sizeof buf)) > 0)
		if (write(c, buf, n) != n)
			return 1;
	return 0;
}
