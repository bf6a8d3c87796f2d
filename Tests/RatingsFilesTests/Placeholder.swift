import Testing

@Test func placeholderRatingsFilesTests() { #expect(Bool(true)) }
