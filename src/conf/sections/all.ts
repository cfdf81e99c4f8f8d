import type { ConfigSection } from '../section.js';
import { archivesSection } from './archives.js';
import { driverSection } from './driver.js';
import { imagesSection } from './images.js';
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
  subnetsSection,
  driverSection,
  softwareSection,
];
