import Testing

@Test func placeholderRatingsStoreTests() { #expect(Bool(true)) }
