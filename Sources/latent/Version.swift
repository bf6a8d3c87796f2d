/// The program's version, as CHANGELOG.md counts it; stands in every manifest and run record.
let latentVersion = "0.1.0"
