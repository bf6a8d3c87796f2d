import Testing

@Test func placeholderFactorModelsTests() { #expect(Bool(true)) }
