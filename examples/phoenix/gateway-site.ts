/** One place that requests are passed on to. */
export interface Route {
  /** First label of the name that clients ask for: `n8n` is `n8n.` in whatever domain the network has. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /**
   * Paths that begin so are passed on; others of the name are not found.
   * @default '/'
   */
  readonly path?: string;
  /**
   * Whether the server behind speaks TLS itself. Its certificate is its own and not checked: the way is the host's own bridge.
   * @default false
   */
  readonly tls?: boolean;
}

/** The site of nginx 1.24, which Ubuntu 24.04 has. */
export function gatewaySite(routes: readonly Route[]): string {
  const names = [...new Set(routes.map(({ name }) => name))];
  return `map $http_upgrade $upgrade_or_keep {
  default upgrade;
  '' '';
}

server {
  listen 80 default_server;
  return 301 https://$host$request_uri;
}

server {
  listen 443 ssl http2 default_server;
  return 404;
}
${names
  .map((name) =>
    server(
      name,
      routes.filter((route) => route.name === name),
    ),
  )
  .join('')}`;
}

function server(name: string, routes: readonly Route[]): string {
  return `
server {
  listen 443 ssl http2;
  server_name ${name}.*;
${routes.map(location).join('')}}
`;
}

/** Answers of models come word by word and take minutes: nothing is buffered, and nothing is cut off. */
function location({ path = '/', address, port, tls = false }: Route): string {
  return `  location ${path} {
    proxy_pass ${tls ? 'https' : 'http'}://${address}:${port};
    proxy_http_version 1.1;
    proxy_buffering off;
    proxy_read_timeout 1h;
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $upgrade_or_keep;
  }
`;
}
