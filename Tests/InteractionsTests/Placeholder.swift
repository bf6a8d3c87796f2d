import Testing

@Test func placeholderInteractionsTests() { #expect(Bool(true)) }
