import Testing

@Test func placeholderModelFilesTests() { #expect(Bool(true)) }
