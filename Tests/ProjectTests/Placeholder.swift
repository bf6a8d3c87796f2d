import Testing

@Test func placeholderProjectTests() { #expect(Bool(true)) }
