import { Token } from 'aws-cdk-lib';

/**
 * What `fromLookup` and `valueFromLookup` give in the synth before CDK looks up: of a VPC its range, of an RDS database its address, of a
 * parameter its value.
 */
export const isPlaceholder = (text: string): boolean => /^(1\.2\.3\.4\/5$|TESTADDRESS:|dummy-value-for-)/.test(text);

/** CDK looks up only after a synth that ended well, so a placeholder passes every check, as a token does: the next synth has the value. */
export const isUnknownYet = (text: string): boolean => Token.isUnresolved(text) || isPlaceholder(text);
