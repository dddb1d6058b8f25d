import { exploreHalf } from './explorer-suite.js';

exploreHalf(1);
