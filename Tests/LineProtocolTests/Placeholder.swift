import Testing

@Test func placeholderLineProtocolTests() { #expect(Bool(true)) }
