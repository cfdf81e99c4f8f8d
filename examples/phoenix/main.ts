// The real system "phoenix": one Proxmox VE host, two cards, four template layers, ten guests. Read app.ts first.
import { phoenixApp } from './app.js';

phoenixApp().synth();
