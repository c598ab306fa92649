/** The strategies that make text: words, names, addresses and the like. */

import { en, Faker } from "@faker-js/faker";

import { type Random } from "./random.ts";

type Maker = (faker: Faker) => string;

const MAKERS: Readonly<Record<string, Maker>> = {
  word: (f) => f.lorem.word(),
  words: (f) => f.lorem.words(),
  sentence: (f) => f.lorem.sentence(),
  sentences: (f) => f.lorem.sentences(),
  paragraph: (f) => f.lorem.paragraph(),
  paragraphs: (f) => f.lorem.paragraphs(),
  first_name: (f) => f.person.firstName(),
  last_name: (f) => f.person.lastName(),
  title: (f) => f.person.prefix(),
  suffix: (f) => f.person.suffix(),
  name: (f) => `${f.person.firstName()} ${f.person.lastName()}`,
  name_with_title: (f) => `${f.person.prefix()} ${f.person.firstName()} ${f.person.lastName()}`,
  domain_suffix: (f) => f.internet.domainSuffix(),
  email: (f) => f.internet.email(),
  username: (f) => f.internet.username(),
  password: (f) => f.internet.password(),
  field: (f) => f.person.jobArea(),
  position: (f) => f.person.jobType(),
  seniority: (f) => f.person.jobDescriptor(),
  job_title: (f) => f.person.jobTitle(),
  ipv4: (f) => f.internet.ipv4(),
  ipv6: (f) => f.internet.ipv6(),
  ip: (f) => f.internet.ip(),
  mac_address: (f) => f.internet.mac(),
  user_agent: (f) => f.internet.userAgent(),
  rfc_status_code: (f) => String(f.internet.httpStatusCode()),
  valid_status_code: (f) => String(f.internet.httpStatusCode()),
  company_suffix: (f) => f.helpers.arrayElement(["Inc", "LLC", "Group", "Ltd", "and Sons"]),
  company_name: (f) => f.company.name(),
  buzzword: (f) => f.company.buzzNoun(),
  buzzword_middle: (f) => f.company.buzzAdjective(),
  buzzword_tail: (f) => f.company.buzzNoun(),
  catch_phrase: (f) => f.company.catchPhrase(),
  bs_verb: (f) => f.company.buzzVerb(),
  bs_adj: (f) => f.company.buzzAdjective(),
  bs_noun: (f) => f.company.buzzNoun(),
  bs: (f) => f.company.buzzPhrase(),
  profession: (f) => f.person.jobType(),
  industry: (f) => f.commerce.department(),
  currency_code: (f) => f.finance.currencyCode(),
  currency_name: (f) => f.finance.currencyName(),
  currency_symbol: (f) => f.finance.currencySymbol(),
  credit_card_number: (f) => f.finance.creditCardNumber(),
  city_prefix: (f) => f.helpers.arrayElement(["North", "East", "West", "South", "New", "Port"]),
  city_suffix: (f) => f.helpers.arrayElement(["town", "ton", "land", "ville", "berg", "burgh"]),
  city_name: (f) => f.location.city(),
  country_name: (f) => f.location.country(),
  country_code: (f) => f.location.countryCode(),
  street_suffix: (f) => f.helpers.arrayElement(["Street", "Avenue", "Road", "Lane", "Court"]),
  street_name: (f) => f.location.street(),
  time_zone: (f) => f.location.timeZone(),
  state_name: (f) => f.location.state(),
  state_abbr: (f) => f.location.state({ abbreviated: true }),
  secondary_address_type: (f) => f.helpers.arrayElement(["Apt.", "Suite"]),
  secondary_address: (f) => f.location.secondaryAddress(),
  zip_code: (f) => f.location.zipCode(),
  post_code: (f) => f.location.zipCode(),
  building_number: (f) => f.location.buildingNumber(),
  latitude: (f) => String(f.location.latitude()),
  longitude: (f) => String(f.location.longitude()),
  isbn: (f) => f.commerce.isbn(),
  isbn13: (f) => f.commerce.isbn(13),
  isbn10: (f) => f.commerce.isbn(10),
  phone_number: (f) => f.phone.number(),
  cell_number: (f) => f.phone.number(),
  file_path: (f) => f.system.filePath(),
  file_name: (f) => f.system.commonFileName(),
  file_extension: (f) => f.system.commonFileExt(),
  dir_path: (f) => f.system.directoryPath(),
};

/** Names of all strategies that make text. */
export const TEXT_STRATEGIES: readonly string[] = Object.keys(MAKERS);

let drawing: Random = () => 0;
const faker = new Faker({
  locale: [en],
  randomizer: { next: () => drawing(), seed: () => undefined },
});

/** Text by a named strategy from a row's stream; undefined where no strategy has that name. */
export function textBy(strategy: string): ((random: Random) => string) | undefined {
  const make = Object.hasOwn(MAKERS, strategy) ? MAKERS[strategy] : undefined;
  if (make === undefined) return undefined;
  return (random) => {
    drawing = random;
    return make(faker);
  };
}
