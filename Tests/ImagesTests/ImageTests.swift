import Images
import Testing

@Suite struct ImageTests {
  @Test func anImageWhoseSamplesDoNotFillItTraps() async {
    await #expect(processExitsWith: .failure) {
      _ = Image(width: 2, height: 2, channels: 3, samples: .uint8([0, 1, 2]))
    }
  }
}
