import { machinesApp } from './app.js';

machinesApp().synth();
