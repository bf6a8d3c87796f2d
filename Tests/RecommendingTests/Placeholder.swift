import Testing

@Test func placeholderRecommendingTests() { #expect(Bool(true)) }
