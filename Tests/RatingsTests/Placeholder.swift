import Testing

@Test func placeholderRatingsTests() { #expect(Bool(true)) }
