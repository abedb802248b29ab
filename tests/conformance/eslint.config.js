// The schema, as clients will have it for years: described, named and paged the same everywhere.
import graphql from '@graphql-eslint/eslint-plugin';

// Values: what they are is all they are, so none of them has an identity of its own.
const values = [
  'AcceptanceWindow', 'ApplicationDifference', 'AssuranceCount', 'Basis', 'Candidate', 'Change', 'CommonRules',
  'CompletionSet', 'Completions', 'ConsortiumChange', 'ConsortiumFact', 'ConsortiumFile', 'ConsortiumLeader',
  'ConsortiumMember', 'ConsortiumOpenInvitation', 'ConsortiumOverlap', 'ConsortiumOwnRole', 'ConsortiumProblem',
  'ConsortiumReport', 'Contact', 'Correction', 'CountryCount', 'DesignatedOrganisation', 'Designations',
  'DirectionCompleteness', 'DirectionFit', 'DuplicateProfile', 'FactChoice', 'FactReading', 'FactVerification',
  'FieldCount', 'Finding', 'FindingChange', 'GroupMember', 'GuideSection', 'Highlight', 'KindCount', 'KnownConsortium',
  'LegalPersonCount', 'LocalizedText', 'MatchPart', 'MatchScore', 'NamedKey', 'NewSecondFactor', 'OpenSlot',
  'PageInfo', 'PartnerRequestContent', 'ProfileChange', 'ProfileCheck', 'ProfileContact', 'ProfileContent', 'ProfileDifferencePart',
  'ProfileFacets', 'ProfileFact', 'ProfileIdentifier', 'ProfileInvitation', 'ProfileLink', 'ProfileMember',
  'ProfileName', 'ProfilePerson', 'ProjectPeriod', 'Quota', 'RegistryTypeCount', 'Repair', 'Report', 'ReportChanges',
  'ReportVerification', 'ResearchField', 'ResponseTime', 'ReviewQueueChange', 'ReviewScore', 'RoleCompleteness', 'RoleCount',
  'RoleFinding', 'RoleReport', 'RuleSource', 'Score', 'ScorePart', 'SignedDifference', 'SignedFinding', 'SignedInSession', 'SignedMember', 'SignedOverlap',
  'SignedStatement', 'StagedEvidence', 'SubdivisionCount', 'Template', 'TextRange', 'Topic', 'Topics', 'UserError',
  'VerificationStamp', 'WantedFact', 'WatchCriteria', 'WhatIfReport', 'WhatIfResult',
];

export default [
  {
    files: ['**/*.graphql'],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: process.env.SCHEMA } },
    },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...graphql.configs['flat/schema-recommended'].rules,
      '@graphql-eslint/strict-id-in-types': [
        'error',
        { exceptions: { types: values, suffixes: ['Connection', 'Edge', 'Payload'] } },
      ],
      '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
      '@graphql-eslint/relay-connection-types': 'error',
      // Lists that are short and known whole need no pages.
      '@graphql-eslint/relay-edge-types': [
        'error',
        { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false },
      ],
      '@graphql-eslint/relay-page-info': 'error',
    },
  },
];
