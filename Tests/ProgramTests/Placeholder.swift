import Testing

@Test func placeholderProgramTests() { #expect(Bool(true)) }
