import sys,time,os; sys.path[:0]=['/tmp/w/n25/f']
os.environ["PYTHONPATH"]="/tmp/w/n25/f:"+os.environ.get("PYTHONPATH","")
import fleet,numpy as np,resource
if __name__=="__main__":
    from distributed import Client,LocalCluster
    import dask; 
    for proc in (True,False):
        t=time.perf_counter(); c=time.process_time()
        with LocalCluster(n_workers=2,threads_per_worker=1,processes=proc,dashboard_address=None) as cl, Client(cl) as client:
            print("up",time.perf_counter()-t)
            W=client.gather(client.map(fleet.fit,range(24)))
            print("fits",time.perf_counter()-t)
        u=resource.getrusage(resource.RUSAGE_CHILDREN)
        print("down",time.perf_counter()-t,time.process_time()-c,u.ru_utime+u.ru_stime)
