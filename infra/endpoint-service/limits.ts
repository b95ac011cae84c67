/** "Share your services through AWS PrivateLink", "Cross-Region access": not with a custom TCP idle time-out. */
export const crossRegionIdleSeconds = 350;
