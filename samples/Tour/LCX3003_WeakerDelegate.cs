using System.IO;
using LockContext;

namespace Tour;

/// <summary>A callback that runs where nothing may wait. The type says so, and whoever makes one has to keep it.</summary>
[RawAtomic]
delegate void SampleSource(float[] samples);

class WeakerDelegate(BinaryReader file, float[] ring)
{
    private int _next;

    [Sleepable]
    private void ReadFile(float[] samples) => samples[0] = file.ReadSingle();

    private void ReadRing(float[] samples) => samples[0] = ring[_next++ % ring.Length];

    public SampleSource Wrong() => ReadFile; // LCX3003: 'ReadFile' is [Sleepable], but 'SampleSource' is [RawAtomic]

    public SampleSource Right() => ReadRing;
}
