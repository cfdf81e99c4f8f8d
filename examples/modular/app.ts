// The machine and its guests are files: conf.d/host.json, what guests share in conf.d/defaults, one file a guest. See README.md.
import { App, ConfigDirectory } from 'phoenix-cdk';

const app = new App({ name: 'phoenix', root: import.meta.dirname });
ConfigDirectory.load(app, 'conf.d');
app.synth();
