import { App, type AppProps, Stack } from 'phoenix-cdk';
import { Gateway } from './gateway.js';
import { guestDefaults } from './guest-defaults.js';
import { HostStack } from './host.js';
import { Machine } from './machine.js';
import { MachineStack } from './machines.js';
import { modelServers } from './model-servers.js';
import { services } from './services.js';
import { TemplateStack } from './templates.js';

/** The whole system. Making it writes nothing; `synth()` does. */
export function phoenixApp(props: Pick<AppProps, 'outdir'> = {}): App {
  const app = new App({ name: 'phoenix', root: import.meta.dirname, ...props });
  const machine = new Machine(app, 'phoenix');

  // Changed rarely, and by other people than the guests: a stack of its own each.
  const host = new HostStack(app, 'host', machine);
  const templates = new TemplateStack(app, 'templates', machine, host);

  new MachineStack(app, 'machines', machine, host);

  const ai = new Stack(app, 'ai', {
    host: machine,
    // A changed profile may restart the guests that it concerns; the gateway is back within seconds.
    restart: 'when-needed',
    defaults: guestDefaults(machine, host),
  });
  const gateway = new Gateway(ai, 'nginx', { machine, host, cloneFrom: templates.base });
  const models = modelServers(ai, { machine, host, templates, gateway });
  const apps = services(ai, { machine, host, templates, gateway, models });
  gateway.serve([
    { name: 'api', to: models.qwen, port: 8000, path: '/v1/' },
    { name: 'api', to: models.embed, port: 8000, path: '/v1/embeddings' },
    { name: 'ollama', to: models.ollama, port: 11434 },
    { name: 'llama', to: models.llamacpp, port: 8081, path: '/v1/' },
    { name: 'qdrant', to: apps.qdrant, port: 6333 },
    { name: 'n8n', to: apps.n8n, port: 5678 },
    { name: 'chat', to: apps.openWebui, port: 8080 },
    { name: 'portainer', to: apps.portainer, port: 9443, tls: true },
    { name: 'grafana', to: apps.monitoring, port: 3000 },
  ]);

  acknowledge(app, machine);
  return app;
}

/** What is meant as it is. Each word has its reason, and stays in the report. */
function acknowledge(app: App, machine: Machine): void {
  app.acknowledge('gpu/unbounded-neighbour', {
    on: [machine],
    reason:
      'Card 1, 15.9 GiB: Ollama leaves 8 GiB of it alone (OLLAMA_GPU_OVERHEAD) and keeps one model; llama.cpp loads one model of fixed size ' +
      'with 8192 tokens, about 6 GiB. Neither can crowd out the vLLM servers, which have card 0 to themselves.',
  });
}
