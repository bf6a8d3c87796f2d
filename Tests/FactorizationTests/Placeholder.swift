import Testing

@Test func placeholderFactorizationTests() { #expect(Bool(true)) }
