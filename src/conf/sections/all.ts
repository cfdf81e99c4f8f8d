import type { ConfigSection } from '../section.js';
import { archivesSection } from './archives.js';
import { driverSection } from './driver.js';
import { firewallSection } from './firewall.js';
import { imagesSection } from './images.js';
import { bondsSection, bridgesSection, vlansSection } from './interfaces.js';
import { isosSection } from './isos.js';
import { mappingsSection } from './mappings.js';
import { softwareSection } from './software.js';
import { storagesSection } from './storages.js';
import { subnetsSection } from './subnets.js';
import { datasetsSection, poolsSection } from './zfs.js';

/** Sections that the library brings, each after all that it refers to. */
export const sections: readonly ConfigSection[] = [
  poolsSection,
  datasetsSection,
  storagesSection,
  archivesSection,
  imagesSection,
  isosSection,
  bondsSection,
  vlansSection,
  bridgesSection,
  subnetsSection,
  mappingsSection,
  firewallSection,
  driverSection,
  softwareSection,
];
